import { readSync } from 'node:fs';
import { failure } from 'command-line';
import type { ByteSource } from './dump-format.ts';

/** So much is read at once. */
const blockLength = 1 << 20;

/** Reads an open file from its start. */
export class FileSource implements ByteSource {
  readonly #file: number;
  readonly #what: string;
  #block = Buffer.alloc(0);
  /** Where the block is in the file, and how much of it has been read. */
  #blockAt = 0;
  #used = 0;

  /** `what` is what messages call it. */
  constructor(file: number, what: string) {
    this.#file = file;
    this.#what = what;
  }

  get position(): number {
    return this.#blockAt + this.#used;
  }

  take(length: number): Buffer {
    if (this.#used + length > this.#block.length) this.#read(Math.max(length, blockLength));
    if (length > this.#block.length) throw failure(this.#what, 'cut short');
    const bytes = this.#block.subarray(this.#used, this.#used + length);
    this.#used += length;
    return bytes;
  }

  skip(length: number): void {
    this.#used += length; // a place beyond the block: the next bytes are read from there
  }

  #read(length: number): void {
    this.#blockAt = this.position;
    this.#used = 0;
    const block = Buffer.allocUnsafe(length);
    let filled = 0;
    for (let read = -1; read !== 0 && filled < length; filled += read)
      read = readSync(this.#file, block, filled, length - filled, this.#blockAt + filled);
    this.#block = block.subarray(0, filled);
  }
}

/** There are not enough bytes yet. */
export class NotEnough extends Error {}

/** Reads what is in a buffer; more than that is not there yet. */
export class BufferSource implements ByteSource {
  readonly #bytes: Buffer;
  position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(length: number): Buffer {
    const start = this.position;
    this.skip(length);
    return this.#bytes.subarray(start, this.position);
  }

  skip(length: number): void {
    this.position += length;
    if (this.position > this.#bytes.length) throw new NotEnough();
  }
}
