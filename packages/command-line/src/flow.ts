import { readSync, writeSync } from 'node:fs';

/** What one thread passes on, as another one sees it. */
export class Flow {
  /** How many bytes have been read, and whether a write waits for who reads. */
  readonly #shared: BigUint64Array;

  /** `shared` is the other thread's, handed over. */
  constructor(shared = new SharedArrayBuffer(16)) {
    this.#shared = new BigUint64Array(shared);
  }

  get shared(): SharedArrayBuffer {
    return this.#shared.buffer as SharedArrayBuffer;
  }

  /** How many bytes have been read, in all. */
  get bytes(): number {
    return Number(Atomics.load(this.#shared, 0));
  }

  /** Whether it is who reads that is waited for, not who writes. */
  get waitsForReader(): boolean {
    return Atomics.load(this.#shared, 1) === 1n;
  }

  /**
   * Passes what comes from one open file on to another, to its end, and shows each piece; `look` must not keep it. Throws what reading, writing
   * or looking throws. It blocks, so it is for a thread of its own: streams would cost several times as much.
   */
  pass(from: number, to: number, look: (piece: Buffer) => void): void {
    Atomics.store(this.#shared, 1, 0n);
    const buffer = Buffer.allocUnsafe(1 << 18);
    for (let piece = this.#fill(buffer, from); piece.length > 0; piece = this.#fill(buffer, from)) {
      Atomics.store(this.#shared, 1, 1n);
      for (let at = 0; at < piece.length; ) at += writeSync(to, piece, at);
      Atomics.store(this.#shared, 1, 0n);
      look(piece);
    }
  }

  /** Reads until the buffer is full or the file has ended: a pipe gives little at a time, and whole pieces are digested faster. */
  #fill(buffer: Buffer, from: number): Buffer {
    let length = 0;
    for (let more = 1; more > 0 && length < buffer.length; length += more) {
      more = readSync(from, buffer, length, buffer.length - length, null);
      Atomics.add(this.#shared, 0, BigInt(more));
    }
    return buffer.subarray(0, length);
  }
}
