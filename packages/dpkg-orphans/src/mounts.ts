import { lstatSync, readFileSync, statSync } from 'node:fs';
import { failure, reason } from 'command-line';
import { type BytePath, withSlash } from 'path-stream';
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
    const { shownAt, upper, why } = skipped;
    if (shownAt !== undefined) return this.#isWalked(path, shownAt) ? why : undefined;
    return upper === undefined || this.#startAbove(upper) !== undefined ? why : undefined;
  }

  #at(path: BytePath): SkippedMount | undefined {
    return this.#skipped.size === 0 ? undefined : this.#skipped.get(this.#root.outside(path));
  }

  /** Whether a walk comes to the directory `path` under its other name, `shownAt`, which is one of the whole system. */
  #isWalked(path: BytePath, shownAt: BytePath): boolean {
    const start = this.#startAbove(shownAt);
    const other = shownAt.slice(this.#root.prefix.length);
    if (start === undefined || !this.#isSame(other, path)) return false;
    return !parentsOf(other).some((parent) => parent.length > start.length && this.#at(parent) !== undefined);
  }

  /** The starting point that a directory of the whole system lies below, if it is there. */
  #startAbove(directory: BytePath): BytePath | undefined {
    const { prefix } = this.#root;
    if (!withSlash(directory).startsWith(`${prefix}/`)) return undefined;
    const inside = withSlash(directory.slice(prefix.length));
    const isThere = lstatSync(this.#root.fs(inside), { throwIfNoEntry: false }) !== undefined;
    return isThere ? [...this.#starts].find((one) => inside.startsWith(withSlash(one))) : undefined;
  }

  #isSame(one: BytePath, other: BytePath): boolean {
    try {
      const [a, b] = [one, other].map((path) => statSync(this.#root.fs(path), { bigint: true }));
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
