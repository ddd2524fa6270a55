import { existsSync, readFileSync, statSync } from 'node:fs';
import { failure, reason } from 'command-line';
import { type BytePath, toFs, withSlash } from 'path-stream';
import { type SkippedMount, type SkippedMounts, skippedMounts } from './mountinfo.ts';
import type { Root } from './root.ts';
import type { StartingPoint } from './roots.ts';

/** Where a walk from some starting points ends, although directories go on. */
export class Mounts {
  readonly #skipped: SkippedMounts;
  readonly #root: Root;
  readonly #starts: ReadonlySet<BytePath>;

  constructor(skipped: SkippedMounts, root: Root, starts: readonly StartingPoint[]) {
    this.#skipped = skipped;
    this.#root = root;
    this.#starts = new Set(starts.map(({ path }) => path));
  }

  /**
   * Why a directory (without slash) is not entered, if it is not. A starting point always is: somebody asked for it. A bind
   * mount is not when the same directory is walked under its other name; but that may lie outside of the starting points,
   * inside what is skipped itself, or below something that was mounted over it.
   */
  whyNotEntered(path: BytePath): string | undefined {
    const skipped = this.#at(path);
    if (skipped === undefined || this.#starts.has(path)) return undefined;
    const { shownAt, layers, why } = skipped;
    if (shownAt !== undefined)
      return this.#isReached(shownAt) && this.#isSame(shownAt, path) ? why : undefined;
    return layers?.every((layer) => this.#isReached(layer)) === false ? undefined : why;
  }

  /** The other name, in the root, of what is not entered because it is a bind mount. */
  shownAt(path: BytePath): BytePath | undefined {
    return this.#at(path)?.shownAt?.slice(this.#root.prefix.length);
  }

  #at(path: BytePath): SkippedMount | undefined {
    return this.#skipped.size === 0 ? undefined : this.#skipped.get(this.#root.outside(path));
  }

  /** Whether a walk comes to a directory (of the whole system): below a starting point, with nothing in between that is skipped. */
  #isReached(directory: BytePath): boolean {
    const { prefix } = this.#root;
    if (!withSlash(directory).startsWith(`${prefix}/`)) return false;
    const inside = directory.slice(prefix.length);
    const start = [...this.#starts].find((one) => withSlash(inside).startsWith(withSlash(one)));
    if (start === undefined || !existsSync(this.#root.fs(inside))) return false;
    const between = [...parentsOf(inside), inside].filter((one) => one.length > start.length);
    return !between.some((one) => this.#at(one) !== undefined);
  }

  /** Whether the other name (of the whole system) is that of the same directory. */
  #isSame(shownAt: BytePath, path: BytePath): boolean {
    try {
      const places = [toFs(shownAt), this.#root.fs(path)];
      const [a, b] = places.map((place) => statSync(place, { bigint: true }));
      return a?.dev === b?.dev && a?.ino === b?.ino;
    } catch {
      return false; // then each is walked as what it is, and named where that fails
    }
  }
}

/** The mount points of this process that a walk does not enter. */
export function readMounts(oneFileSystem: boolean): SkippedMounts {
  try {
    return skippedMounts(readFileSync('/proc/self/mountinfo', 'latin1'), oneFileSystem);
  } catch (error) {
    throw failure(
      '/proc/self/mountinfo',
      reason(error),
      'mount /proc, or the walk could leave this file system',
    );
  }
}

/** The directories above a path, `/` not among them, without slashes. */
function parentsOf(path: BytePath): BytePath[] {
  const parents: BytePath[] = [];
  for (let slash = path.indexOf('/', 1); slash !== -1; slash = path.indexOf('/', slash + 1))
    parents.push(path.slice(0, slash));
  return parents;
}
