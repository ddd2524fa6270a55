import { posix } from 'node:path';
import type { BytePath } from 'path-stream';
import { type Known, linkedIn } from './state.ts';

/** A path that is gone, and the parts that have it. */
export type Gone = Pick<Known, 'path' | 'parts'>;

/**
 * Collects the paths that are only in archives, from records in byte order of their paths; what is in a directory before it. With them the
 * directories above, where those are in nothing any more: tar makes them. A directory that something alive is below is left
 * out: whoever leaves out, or removes, what is listed must not do so with what is in it.
 */
export class GoneList {
  readonly #take: (gone: Gone) => Promise<void> | undefined;
  /** Those that something below may follow yet, each a start of the next. */
  readonly #open: Gone[] = [];
  /** Those that are alive, as long as something below may follow; and the last of them. */
  readonly #alive: BytePath[] = [];
  #lastAlive = '';

  constructor(take: (gone: Gone) => Promise<void> | undefined) {
    this.#take = take;
  }

  /** Takes a path that the directory of archives does not have any more. */
  async gone(gone: Gone): Promise<void> {
    this.#forget(gone.path);
    await this.#close(gone.path);
    for (const path of this.#emptyAbove(gone.path)) this.#open.push({ path, parts: '' });
    this.#open.push(gone);
  }

  /** Hears of one that it has. */
  alive(path: BytePath): Promise<void> | undefined {
    this.#forget(path);
    this.#alive.push(path);
    this.#lastAlive = path;
    return this.#open.length === 0 ? undefined : this.#aliveBelow(path);
  }

  async #aliveBelow(path: BytePath): Promise<void> {
    await this.#close(path);
    const above = this.#open.filter((open) => path.startsWith(open.path === '/' ? '/' : `${open.path}/`));
    for (const open of above) this.#open.splice(this.#open.indexOf(open), 1);
  }

  /** The directories above that have nothing alive in them so far, and that are not open. */
  #emptyAbove(path: BytePath): BytePath[] {
    const above = posix.dirname(path);
    const isThere = this.#alive.includes(above) || this.#lastAlive.startsWith(`${above}/`);
    if (above === '/' || isThere || this.#open.some((open) => open.path === above)) return [];
    return [...this.#emptyAbove(above), above];
  }

  /** No more comes. */
  async end(): Promise<void> {
    for (const gone of this.#open.splice(0).reverse()) await this.#take(gone);
  }

  #forget(next: BytePath): void {
    while (this.#alive.length > 0 && !next.startsWith(this.#alive.at(-1) ?? '')) this.#alive.pop();
  }

  /** What is below a path starts with it. */
  async #close(next: BytePath): Promise<void> {
    for (
      let last = this.#open.at(-1);
      last !== undefined && !next.startsWith(last.path);
      last = this.#open.at(-1)
    ) {
      this.#open.pop();
      await this.#take(last);
    }
  }
}

/** What a list of lines, as tar reads it (--exclude-from), cannot hold. */
export const unfitForLine: RegExp = /\n|\s$/;

/**
 * How a path stands in the sealed list: relative. With `./` before it, it is to be unpacked and removed after; others are left out
 * when unpacking.
 */
export function formatGone(path: BytePath, unpacked: boolean): string {
  if (path === '/') return '.';
  return unpacked || unfitForLine.test(path) ? `.${path}` : path.slice(1);
}

/** The path that stands so in the list. */
export function goneFrom(name: string): BytePath {
  if (name === '.') return '/';
  return name.startsWith('./') ? name.slice(1) : `/${name}`;
}

/**
 * Decides which of the deleted must be unpacked all the same: links to them are in the same archive, of paths that are there still,
 * in a later one. tar would say that it cannot make those.
 */
export class NeededLinks {
  readonly #linked = new Set<string>();
  /** The directories above those that are needed. */
  readonly #above = new Set<BytePath>();

  /** Hears of a path that is unpacked, be it alive or not, and of where it is a hard link. */
  unpacked(parts: string): void {
    for (const link of linkedIn(parts)) this.#linked.add(link);
  }

  /** Whether one that is gone is needed, or something below it is. To be asked in the order of GoneList, when all that is unpacked is known. */
  needs({ path, parts }: Gone): boolean {
    const needed = this.#above.has(path) || linkedIn(parts).some((link) => this.#linked.has(link));
    if (needed) for (let at = path; at !== '/'; at = posix.dirname(at)) this.#above.add(posix.dirname(at));
    return needed;
  }
}
