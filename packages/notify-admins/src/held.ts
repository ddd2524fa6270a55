import { randomBytes } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { failure, openUnnamed, reason } from 'command-line';

/** So many bytes are kept in memory; what is more, in a file. */
const mostInMemory = 1 << 20;

/** Bytes that wait for somebody to want them back: few in memory, many in a file without a name. */
export class Held extends Writable {
  #chunks: Buffer[] = [];
  #length = 0;
  #file: number | undefined;

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    try {
      this.#keep(chunk);
      done();
    } catch (error) {
      done(failure(tmpdir(), reason(error)));
    }
  }

  /** All of it, in the order in which it came. */
  *read(): Generator<Buffer> {
    if (this.#file !== undefined) {
      for (let at = 0; ; ) {
        const buffer = Buffer.allocUnsafe(1 << 16);
        const length = readSync(this.#file, buffer, 0, buffer.length, at);
        if (length === 0) break;
        at += length;
        yield buffer.subarray(0, length);
      }
    }
    yield* this.#chunks;
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length <= mostInMemory) return;
    this.#file ??= openUnnamed(join(tmpdir(), `hcoop-paths-${randomBytes(8).toString('hex')}`));
    for (const kept of this.#chunks) writeAll(this.#file, kept);
    this.#chunks = [];
    this.#length = 0;
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let from = 0; from < bytes.length; ) from += writeSync(file, bytes, from);
}
