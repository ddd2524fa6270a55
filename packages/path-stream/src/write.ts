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

  /** Writes out what is pending and waits until the stream wants more. */
  async flush(): Promise<void> {
    if (this.#pending === '') return;
    const bytes = Buffer.from(this.#pending, 'latin1');
    this.#pending = '';
    if (this.#sink.errored) throw this.#sink.errored; // a destroyed stream never drains
    if (!this.#sink.write(bytes)) await once(this.#sink, 'drain');
  }
}
