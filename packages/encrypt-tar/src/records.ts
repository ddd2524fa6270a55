import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { failure, reason } from 'command-line';
import { type BytePath, PathWriter, readPaths } from 'path-stream';
import { formatKnown, type Known, parseKnown, withPart } from './state.ts';

/** The records of this run's state as they come up, in byte order of their paths, in a file of their own. */
export class Records {
  readonly #file: string;
  readonly #stream: WriteStream;
  readonly #writer: PathWriter;

  constructor(file: string) {
    this.#file = file;
    this.#stream = createWriteStream(file, { mode: 0o600, flags: 'wx' });
    this.#stream.on('error', () => {}); // heard by whoever writes
    this.#writer = new PathWriter(this.#stream, '\0', () => {});
  }

  /** Takes a record as it stands. */
  add(record: string): Promise<void> | undefined {
    return this.#writer.add(record)?.catch((error: unknown) => this.#fail(error));
  }

  /** Takes a path that is in one more part than before. */
  addPacked(
    part: number,
    before: Known | undefined,
    fingerprint: string,
    path: BytePath,
  ): Promise<void> | undefined {
    return this.add(formatKnown(withPart(part, before?.parts ?? ''), fingerprint, path));
  }

  /** No more comes: they can be read, any number of times. */
  async close(): Promise<void> {
    try {
      await this.#writer.flush();
      this.#stream.end();
      await finished(this.#stream);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): never {
    throw failure(this.#file, reason(error));
  }

  async *read(): AsyncGenerator<Known[]> {
    for await (const batch of readPaths(createReadStream(this.#file, { highWaterMark: 1 << 18 }), '\0'))
      yield batch.map(parseKnown);
  }
}
