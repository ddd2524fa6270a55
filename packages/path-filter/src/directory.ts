/**
 * The bytes of the directory that a stream of paths is in. Paths are compared with it four bytes at a time, which is
 * most of the work where most paths lie in the same directory as the one before.
 */
export class CurrentDirectory {
  #bytes: Buffer = Buffer.from('/'.padEnd(4096));
  #view = viewOf(this.#bytes);
  #compared = this.#bytes;
  #comparedView = this.#view;

  /** How many bytes of the directory, up to a length, stand at a place in a buffer as well. */
  same(bytes: Buffer, from: number, length: number): number {
    if (bytes !== this.#compared) {
      this.#compared = bytes;
      this.#comparedView = viewOf(bytes);
    }
    const words = Math.min(length, bytes.length - from) - 3;
    let same = 0;
    while (same < words && this.#comparedView.getInt32(from + same) === this.#view.getInt32(same)) same += 4;
    while (same < length && bytes[from + same] === this.#bytes[same]) same += 1;
    return same;
  }

  /** Puts what lies between two places of a buffer behind a length. */
  append(bytes: Buffer, from: number, to: number, length: number): void {
    const needed = length + to - from;
    if (needed > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes], 2 * needed);
      this.#view = viewOf(this.#bytes);
    }
    bytes.copy(this.#bytes, length, from, to);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
