import { once } from 'node:events';
import { constants } from 'node:os';
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
    this.#requireSink();
    if (!this.#sink.write(bytes)) await this.#drained();
  }

  /**
   * Takes a block of records that have their terminators. It waits for what was written before, not for this: so the
   * next block can be looked at meanwhile.
   */
  async addRecords(records: Buffer): Promise<void> {
    await this.flush();
    this.#requireSink();
    if (this.#sink.writableNeedDrain) await this.#drained();
    if (records.length > 0) this.#sink.write(records);
  }

  /** A stream that was destroyed never drains, with an error or, as that of a program that has ended, without one. */
  #requireSink(): void {
    if (this.#sink.errored) throw this.#sink.errored;
    if (this.#sink.destroyed) throw brokenPipe();
  }

  async #drained(): Promise<void> {
    const waiting = new AbortController();
    const { signal } = waiting;
    const closed = once(this.#sink, 'close', { signal }).then(() => {
      throw this.#sink.errored ?? brokenPipe();
    });
    try {
      await Promise.race([once(this.#sink, 'drain', { signal }), closed]);
    } finally {
      waiting.abort();
      closed.catch(() => {}); // nobody waits for it any more
    }
  }
}

/** As a write to whom nobody reads from fails. */
function brokenPipe(): Error {
  return Object.assign(new Error('write EPIPE'), { code: 'EPIPE', errno: -constants.errno.EPIPE });
}
