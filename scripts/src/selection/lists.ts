import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { errorCode, failure, reason } from 'command-line';
import { type BytePath, PathWriter, readPaths } from 'path-stream';

/** Makes a list of NUL-terminated records, in a new file that only this user can read. */
export async function writeList(file: string, fill: (list: PathWriter) => Promise<void>): Promise<void> {
  await rm(file, { force: true });
  const stream = createWriteStream(file, { mode: 0o600, flags: 'wx' });
  stream.on('error', () => {}); // the writes and finished() see it
  const list = new PathWriter(stream, '\0', () => {});
  try {
    await fill(list);
    await list.flush();
    stream.end();
    await finished(stream);
  } catch (error) {
    throw errorCode(error) === undefined ? error : failure(file, reason(error));
  } finally {
    stream.destroy();
  }
}

/** The records of a list. */
export async function* readList(file: string): AsyncGenerator<BytePath[]> {
  try {
    yield* readPaths(createReadStream(file, { highWaterMark: 1 << 18 }), '\0');
  } catch (error) {
    throw errorCode(error) === undefined ? error : failure(file, reason(error));
  }
}

/** Steps through a list, record by record, beside another one. */
export class Cursor {
  readonly #batches: AsyncIterator<BytePath[]>;
  #batch: readonly BytePath[] = [];
  #at = 0;

  constructor(batches: AsyncIterable<BytePath[]>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** The record it stands at; undefined at the end, and where `fetch` is due. */
  get current(): BytePath | undefined {
    return this.#batch[this.#at];
  }

  advance(): void {
    this.#at += 1;
  }

  /** Makes sure that there is a current record, if there is one more. Cheap where there is. */
  async fetch(): Promise<void> {
    while (this.#at >= this.#batch.length) {
      const next = await this.#batches.next();
      if (next.done) return;
      this.#batch = next.value;
      this.#at = 0;
    }
  }

  /** Ends the reading. */
  async close(): Promise<void> {
    await this.#batches.return?.();
  }
}
