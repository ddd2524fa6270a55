import { createHash } from 'node:crypto';
import { failure } from 'command-line';

/** What a dump turned out to be. */
export interface Findings {
  readonly bytes: number;
  /** SHA-256 in hexadecimal, of what is the same when nothing has changed: without what a dump program makes up each time. */
  readonly sha256: string;
  /** How many rows of each table, or entries, are in it, where its form tells. */
  readonly rows: ReadonlyMap<string, number> | undefined;
}

/** Looks at a dump while its bytes pass. */
export interface Inspector {
  /** The next bytes. Throws as soon as they cannot be those of such a dump. */
  pass(chunk: Buffer): void;
  /** There are no more. Throws where what has passed is not a whole dump. */
  finish(): Findings;
}

/** How a kind of dump starts and ends. */
export interface Form {
  /** What it is called: `a dump of PostgreSQL`. */
  readonly what: string;
  readonly start: RegExp;
  /** Must be found in the last bytes; of a kind whose start tells how it ends, by that. */
  readonly end: RegExp | ((start: string) => RegExp);
}

/** More than any start or end that is looked for. */
const looked = 512;

/** Counts, digests, and keeps the start and the end: what all kinds of dumps have in common. */
export class Ends {
  readonly #form: Form;
  #start = Buffer.alloc(0);
  #end: Buffer = Buffer.alloc(0);
  bytes = 0;

  constructor(form: Form) {
    this.#form = form;
  }

  pass(chunk: Buffer): void {
    this.bytes += chunk.length;
    const { what, start } = this.#form;
    if (this.#start.length < looked) {
      this.#start = Buffer.concat([this.#start, chunk.subarray(0, looked - this.#start.length)]);
      if (this.#start.length === looked && !start.test(this.#start.toString('latin1')))
        throw failure(what, 'what came does not start as one');
    }
    this.#end =
      chunk.length >= looked
        ? Buffer.from(chunk.subarray(-looked))
        : Buffer.concat([this.#end, chunk]).subarray(-looked);
  }

  finish(): void {
    const { what, start, end } = this.#form;
    if (this.bytes === 0) throw failure(what, 'nothing came');
    const begun = this.#start.toString('latin1');
    if (!start.test(begun)) throw failure(what, 'what came does not start as one');
    const ending = end instanceof RegExp ? end : end(begun);
    if (!ending.test(this.#end.toString('latin1')))
      throw failure(what, `cut short after ${this.bytes} bytes: its last line is missing`);
  }
}

/** For bytes of which nothing is known; or, with a form, no more than how they start and end. */
export class BytesInspector implements Inspector {
  readonly #ends: Ends | undefined;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(form?: Form) {
    this.#ends = form && new Ends(form);
  }

  pass(chunk: Buffer): void {
    this.#ends?.pass(chunk);
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
  }

  finish(): Findings {
    this.#ends?.finish();
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex'), rows: undefined };
  }
}
