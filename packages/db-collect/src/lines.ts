const newline = 0x0a;

/** So much of the start of a line is shown, in bytes: no line that means something is longer. */
const shown = 1 << 16;

/**
 * Looks at a line, which is in the buffer from one place to another, without its newline: `keep` it, `drop` it, newline and all, or have
 * something stand in its place. Of a line that is longer than what is shown, there is the start, and behind that the last byte; it is kept.
 */
export type LookAtLine = (buffer: Buffer, from: number, to: number) => 'keep' | 'drop' | Buffer;

/**
 * Shows a text that comes in chunks line by line, and passes on what is kept of it: the same, wherever the chunks end. Makes no strings,
 * for there may be gigabytes.
 */
export class Lines {
  readonly #look: LookAtLine;
  readonly #pass: (piece: Buffer) => void;
  /** The start of a line whose end has not come yet, in pieces. */
  #begun: Buffer[] = [];
  #length = 0;
  /** Of such a line that is longer than what is shown, what is shown of it as far as it has come. */
  #long: Buffer | undefined;

  constructor(look: LookAtLine, pass: (piece: Buffer) => void) {
    this.#look = look;
    this.#pass = pass;
  }

  pass(chunk: Buffer): void {
    let from = 0;
    let kept = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      if (this.#isBegun) {
        this.#goOn(chunk.subarray(from, end));
        this.#end(chunk.subarray(end, end + 1));
        kept = end + 1;
      } else {
        const fate = this.#show(chunk, from, end);
        if (fate !== 'keep') {
          this.#passOn(chunk.subarray(kept, from));
          if (fate !== 'drop') this.#passOn(Buffer.concat([fate, chunk.subarray(end, end + 1)]));
          kept = end + 1;
        }
      }
      from = end + 1;
    }
    this.#passOn(chunk.subarray(kept, from));
    if (from < chunk.length) this.#goOn(chunk.subarray(from));
  }

  /** There is no more: what has come since the last newline is a line as well. */
  finish(): void {
    if (this.#isBegun) this.#end(Buffer.alloc(0));
  }

  get #isBegun(): boolean {
    return this.#length > 0 || this.#long !== undefined;
  }

  /** More of the line that has begun. */
  #goOn(piece: Buffer): void {
    if (this.#long !== undefined) {
      this.#passOn(piece);
      this.#long[shown] = piece.at(-1) ?? this.#long[shown] ?? 0;
      return;
    }
    this.#begun.push(Buffer.from(piece)); // a copy: the chunk that it is of may be much larger
    this.#length += piece.length;
    if (this.#length <= shown) return;
    const line = this.#takeBegun();
    this.#long = ofLong(line, 0, line.length);
    this.#passOn(line);
  }

  #end(ending: Buffer): void {
    if (this.#long !== undefined) {
      this.#look(this.#long, 0, this.#long.length);
      this.#long = undefined;
      this.#passOn(ending);
      return;
    }
    const line = this.#takeBegun();
    const fate = this.#look(line, 0, line.length);
    if (fate !== 'drop') this.#passOn(Buffer.concat([fate === 'keep' ? line : fate, ending]));
  }

  #takeBegun(): Buffer {
    const line = Buffer.concat(this.#begun);
    [this.#begun, this.#length] = [[], 0];
    return line;
  }

  #show(buffer: Buffer, from: number, to: number): 'keep' | 'drop' | Buffer {
    if (to - from <= shown) return this.#look(buffer, from, to);
    const long = ofLong(buffer, from, to);
    this.#look(long, 0, long.length);
    return 'keep';
  }

  #passOn(piece: Buffer): void {
    if (piece.length > 0) this.#pass(piece);
  }
}

/** What is shown of a line that is longer than that. */
function ofLong(buffer: Buffer, from: number, to: number): Buffer {
  return Buffer.concat([buffer.subarray(from, from + shown), buffer.subarray(to - 1, to)]);
}
