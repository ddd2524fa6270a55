const newline = 0x0a;

/** So much of the start of a line is shown, in bytes: no line that means something is longer. */
const shown = 1 << 16;

/**
 * Looks at a line, which is in the buffer from one place to another, without its newline: `keep` it, `drop` it, newline and all, or have
 * something stand in its place.
 */
export type LookAtLine = (buffer: Buffer, from: number, to: number) => 'keep' | 'drop' | Buffer;

/** Shows a text that comes in chunks line by line, and passes on what is kept of it; makes no strings, for there may be gigabytes. */
export class Lines {
  readonly #look: LookAtLine;
  readonly #pass: (piece: Buffer) => void;
  /** The start of a line whose end has not come yet. */
  #kept: Buffer[] = [];
  #keptLength = 0;
  /** Of a line that is longer than what is shown, the rest. */
  #isRest = false;

  constructor(look: LookAtLine, pass: (piece: Buffer) => void) {
    this.#look = look;
    this.#pass = pass;
  }

  pass(chunk: Buffer): void {
    let from = 0;
    let kept = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      if (this.#isRest) this.#isRest = false;
      else if (this.#keptLength > 0) {
        this.#keep(chunk.subarray(from, end + 1));
        this.#showKept(1);
        kept = end + 1;
      } else {
        const fate = this.#look(chunk, from, end);
        if (fate !== 'keep') {
          this.#passOn(chunk.subarray(kept, from));
          if (fate !== 'drop') this.#passOn(Buffer.concat([fate, chunk.subarray(end, end + 1)]));
          kept = end + 1;
        }
      }
      from = end + 1;
    }
    if (this.#isRest) from = chunk.length;
    this.#passOn(chunk.subarray(kept, from));
    if (from < chunk.length) this.#keep(Buffer.from(chunk.subarray(from)));
    if (this.#keptLength > shown) {
      this.#isRest = true;
      this.#showKept(0);
    }
  }

  /** There is no more: what has come since the last newline is a line as well. */
  finish(): void {
    if (this.#keptLength > 0) this.#showKept(0);
  }

  #keep(piece: Buffer): void {
    this.#kept.push(piece);
    this.#keptLength += piece.length;
  }

  #showKept(ending: 0 | 1): void {
    const line = Buffer.concat(this.#kept);
    [this.#kept, this.#keptLength] = [[], 0];
    const end = line.length - ending;
    const fate = this.#look(line, 0, end);
    if (fate === 'keep') this.#passOn(line);
    else if (fate !== 'drop') this.#passOn(Buffer.concat([fate, line.subarray(end)]));
  }

  #passOn(piece: Buffer): void {
    if (piece.length > 0) this.#pass(piece);
  }
}
