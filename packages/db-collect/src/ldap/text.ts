import { createHash } from 'node:crypto';
import { Ends, type Findings, type Form, type Inspector } from '../inspector.ts';
import { Lines } from '../lines.ts';

/** How slapcat writes entries: each from its name to an empty line. There is no last line: its exit code tells. */
const form: Form = { what: 'a dump by slapcat', start: /^dn:/, end: /\n\n$/ };

const start = Buffer.from('dn:');

/** Counts entries. */
export class LdifInspector implements Inspector {
  readonly #ends = new Ends(form);
  readonly #hash = createHash('sha256');
  #entries = 0;
  readonly #lines = new Lines(
    (buffer, from, to) => {
      if (to - from > start.length && buffer.compare(start, 0, start.length, from, from + start.length) === 0)
        this.#entries += 1;
      return 'keep';
    },
    (piece) => this.#hash.update(piece),
  );

  pass(chunk: Buffer): void {
    this.#ends.pass(chunk);
    this.#lines.pass(chunk);
  }

  finish(): Findings {
    this.#ends.finish();
    this.#lines.finish();
    const rows = new Map([['entries', this.#entries]]);
    return { bytes: this.#ends.bytes, sha256: this.#hash.digest('hex'), rows };
  }
}
