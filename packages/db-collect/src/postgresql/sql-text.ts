const [quote, doubleQuote, dollar, dash] = [0x27, 0x22, 0x24, 0x2d];

/** How a text that is quoted by dollars begins; and what cannot stand before it, for it would be a part of a name. */
const dollarTag = /^\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$/;
const nameByte = /[\w$\x80-\xff]/;
const longestTag = 128;

/**
 * Knows, line by line, whether SQL as pg_dump writes it is within a text: a string, a name, a body in dollars. What looks like a comment or a
 * command there is somebody's text. (Strings are read the same with `E` and without: pg_dump doubles quotes in both.)
 */
export class SqlText {
  /** What ends the text that it is in. */
  #end: Buffer | undefined;

  /** Whether the next line begins within a text. */
  get isInside(): boolean {
    return this.#end !== undefined;
  }

  /** Reads a line, or more of one. */
  read(buffer: Buffer, from: number, to: number): void {
    let at = from;
    while (at < to) {
      if (this.#end === undefined) at = this.#findStart(buffer, at, to);
      else {
        const end = buffer.indexOf(this.#end, at);
        if (end < 0 || end + this.#end.length > to) return;
        at = end + this.#end.length;
        this.#end = undefined;
      }
    }
  }

  /** Returns where to go on: behind what begins a text, or at the end of the line. */
  #findStart(buffer: Buffer, from: number, to: number): number {
    for (let at = from; at < to; at += 1) {
      const byte = buffer[at];
      if (byte === dash && buffer[at + 1] === dash) return to; // a comment
      if (byte === quote || byte === doubleQuote) {
        this.#end = Buffer.from([byte]); // a doubled one is read as the end of a text and the start of one
        return at + 1;
      }
      if (byte !== dollar || (at > from && nameByte.test(String.fromCharCode(buffer[at - 1] ?? 0)))) continue;
      const tag = dollarTag.exec(buffer.toString('latin1', at, Math.min(to, at + longestTag)))?.[0];
      if (tag === undefined) continue;
      this.#end = Buffer.from(tag, 'latin1');
      return at + tag.length;
    }
    return to;
  }
}
