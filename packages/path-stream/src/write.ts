import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { BytePath } from './bytes.ts';
import type { Terminator } from './read.ts';

/** Enough to make the cost of a write small, and little enough to keep a pipeline's stages busy. */
const batchBytes = 1 << 16;

/**
 * Writes paths to a byte stream, each with its terminator, in large writes, and waits where the reader is
 * slower. A path that the terminator's form cannot carry (a newline in line mode, an empty path) is
 * handed to `refuse`, never written.
 */
export class PathWriter {
  readonly #sink: Writable;
  readonly #terminator: Terminator;
  readonly #refuse: (path: BytePath) => void;
  #pending = '';

  constructor(sink: Writable, terminator: Terminator, refuse: (path: BytePath) => void) {
    this.#sink = sink;
    this.#terminator = terminator;
    this.#refuse = refuse;
  }

  /** Takes one path. The promise, where there is one, is to be awaited before the next. */
  add(path: BytePath): Promise<void> | undefined {
    if (path === '' || path.includes(this.#terminator)) {
      this.#refuse(path);
      return undefined;
    }
    this.#pending += path + this.#terminator;
    return this.#pending.length >= batchBytes ? this.flush() : undefined;
  }

  /**
   * Takes the names in one directory, each with `prefix` before it: as many calls of `add`, without the cost of each. Names
   * are not empty where the prefix is.
   */
  addAll(prefix: string, names: readonly BytePath[]): Promise<void> | undefined {
    if (names.length === 0) return undefined;
    const records = prefix + names.join(this.#terminator + prefix) + this.#terminator;
    // In the form with NUL no name needs a look: none has one.
    if (this.#terminator === '\n' && records.split('\n').length - 1 !== names.length) {
      return this.#addEach(prefix, names);
    }
    this.#pending += records;
    return this.#pending.length >= batchBytes ? this.flush() : undefined;
  }

  async #addEach(prefix: string, names: readonly BytePath[]): Promise<void> {
    for (const name of names) await this.add(prefix + name);
  }

  /** Writes out what is pending and waits until the stream wants more. */
  async flush(): Promise<void> {
    if (this.#pending === '') return;
    const bytes = Buffer.from(this.#pending, 'latin1');
    this.#pending = '';
    if (this.#sink.errored) throw this.#sink.errored; // a destroyed stream never drains
    if (!this.#sink.write(bytes)) await once(this.#sink, 'drain');
  }

  /**
   * Takes a block of records that have their terminators. It waits for what was written before, not for this: so the
   * next block can be looked at meanwhile.
   */
  async addRecords(records: Buffer): Promise<void> {
    await this.flush();
    if (this.#sink.errored) throw this.#sink.errored;
    if (this.#sink.writableNeedDrain) await once(this.#sink, 'drain');
    if (records.length > 0) this.#sink.write(records);
  }
}
