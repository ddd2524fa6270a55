import type { BytePath } from 'path-stream';

/**
 * Collects the paths that are only in archives, from records in byte order of their paths. A directory that something alive is below is
 * left out: whoever leaves out, or removes, what is listed must not do so with what is in it.
 */
export class GoneList {
  readonly #take: (path: BytePath) => Promise<void> | undefined;
  /** Those that something below may follow yet, each a start of the next. */
  readonly #open: BytePath[] = [];

  constructor(take: (path: BytePath) => Promise<void> | undefined) {
    this.#take = take;
  }

  /** Takes a path that the directory of archives does not have any more. */
  async gone(path: BytePath): Promise<void> {
    await this.#close(path);
    this.#open.push(path);
  }

  /** Hears of one that it has. */
  async alive(path: BytePath): Promise<void> {
    if (this.#open.length === 0) return;
    await this.#close(path);
    const above = this.#open.filter((open) => path.startsWith(open === '/' ? '/' : `${open}/`));
    for (const open of above) this.#open.splice(this.#open.indexOf(open), 1);
  }

  /** No more comes. */
  async end(): Promise<void> {
    for (const path of this.#open.splice(0)) await this.#take(path);
  }

  /** What is below a path starts with it. */
  async #close(next: BytePath): Promise<void> {
    for (
      let last = this.#open.at(-1);
      last !== undefined && !next.startsWith(last);
      last = this.#open.at(-1)
    ) {
      this.#open.pop();
      await this.#take(last);
    }
  }
}
