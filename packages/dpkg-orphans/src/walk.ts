import { lstatSync, readdirSync, statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { errorCode, type Report, reason } from 'command-line';
import { type BytePath, escapePath, toFs, withoutSlash, withSlash } from 'path-stream';
import type { Skipped, SkippedMounts } from './mounts.ts';
import type { OwnedNode } from './owned.ts';

/** Why a path is in the output. A parent is there for its owner and mode alone. */
export type Reason = 'orphan' | 'conffile' | 'replaced' | 'parent';

export interface Finding {
  readonly reason: Reason;
  readonly path: BytePath;
}

/** A directory that the walk is in. */
interface Frame {
  /** With its slash. */
  readonly path: BytePath;
  /** Undefined below a directory that no package owns. */
  readonly owned: OwnedNode | undefined;
  readonly entries: readonly (DirectoryEntry & { readonly key: string })[];
  next: number;
  emitted: boolean;
}

/**
 * Walks the roots and yields, in byte order, what packages do not own and their conffiles: each once, a directory with
 * a slash, and before it the directories it lies in (a restore needs their owner and mode). Owned directories are
 * compared entry by entry; unowned ones come whole. A directory that cannot be read is a loss.
 */
export async function* walk(
  roots: readonly BytePath[],
  owned: OwnedNode,
  mounts: SkippedMounts,
  report: Report,
): AsyncGenerator<Finding[]> {
  let batch: Finding[] = [];
  let directories = 0;
  const stack: Frame[] = [];
  const enter = (path: BytePath, node: OwnedNode | undefined, emitted: boolean): void => {
    const skipped = skippedAt(path, roots, mounts);
    if (skipped !== undefined) report.detail(escapePath(path), `not entered: ${skipped.why}`);
    else stack.push({ path, owned: node, entries: readSorted(path, report), next: 0, emitted });
  };
  const emit = (reason: Reason, path: BytePath): void => {
    // From the innermost outwards the first emitted ancestor ends the search: all above it are emitted too.
    const pending = stack.slice(stack.findLastIndex((frame) => frame.emitted) + 1);
    for (const frame of pending) {
      frame.emitted = true;
      batch.push({ reason: 'parent', path: frame.path });
    }
    batch.push({ reason, path });
  };
  const above = new Map<BytePath, Frame>();
  for (const root of roots) {
    const node = owned.find(root);
    const path = root === '/' ? root : `${root}/`;
    for (const parent of parentsOf(path)) {
      const frame = above.get(parent) ?? {
        path: parent,
        owned: undefined,
        entries: [],
        next: 0,
        emitted: false,
      };
      above.set(parent, frame); // kept, for another root may lie below it
      stack.push(frame);
    }
    if (node === undefined) emit('orphan', path);
    enter(path, node, node === undefined);
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const entry = frame.entries[frame.next];
      frame.next += 1;
      if (entry === undefined) {
        stack.pop();
        directories += 1;
        if (directories % 500 === 0) {
          yield batch;
          batch = [];
          await setImmediate(); // signals and the reader of stdout get their turn
          report.progress(() => `${directories} directories`);
        }
        continue;
      }
      if (batch.length >= 10_000) {
        yield batch;
        batch = [];
      }
      const child = frame.path + entry.key;
      const childNode = frame.owned?.children.get(entry.name);
      const why = reasonFor(entry, childNode);
      if (why !== undefined) emit(why, child);
      if (entry.isDirectory) enter(child, childNode, why !== undefined);
    }
  }
  yield batch;
}

/**
 * Why a directory is not entered, if it is not. A root always is: somebody asked for it. A bind mount is not when the
 * same directory is walked under its other name; but that may lie outside of the roots, inside what is skipped itself,
 * or below something that was mounted over it.
 */
function skippedAt(path: BytePath, roots: readonly BytePath[], mounts: SkippedMounts): Skipped | undefined {
  const point = withoutSlash(path);
  const skipped = mounts.get(point);
  if (skipped?.shownAt === undefined || roots.includes(point))
    return roots.includes(point) ? undefined : skipped;
  const other = withSlash(skipped.shownAt);
  const root = roots.find((candidate) => other.startsWith(withSlash(candidate)));
  if (root === undefined || !sameDirectory(other, path)) return undefined;
  const between = parentsOf(other).filter((parent) => parent.length > withSlash(root).length);
  return between.some((parent) => mounts.has(withoutSlash(parent))) ? undefined : skipped;
}

function sameDirectory(one: BytePath, other: BytePath): boolean {
  const [a, b] = [one, other].map((path) => statSync(toFs(path), { bigint: true, throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

/** The directories above a directory, from `/` on. */
function parentsOf(path: BytePath): BytePath[] {
  const parents: BytePath[] = [];
  for (let slash = path.indexOf('/'); slash < path.length - 1; slash = path.indexOf('/', slash + 1))
    parents.push(path.slice(0, slash + 1));
  return parents;
}

/** Undefined for what a package brings back. What it has files below must be a directory. */
function reasonFor(entry: DirectoryEntry, node: OwnedNode | undefined): Reason | undefined {
  if (node === undefined) return 'orphan';
  if (node.conffile) return 'conffile';
  return node.children.size === 0 || entry.isDirectory ? undefined : 'replaced';
}

/** The entries of a directory in the byte order of their paths: a directory sorts with its slash. */
function readSorted(path: BytePath, report: Report): Frame['entries'] {
  try {
    return readEntries(path, report)
      .map(({ name, isDirectory }) => ({ name, isDirectory, key: isDirectory ? `${name}/` : name }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') report.detail(escapePath(path), 'vanished');
    else report.loss(escapePath(path), `not read: ${reason(error)}`);
    return [];
  }
}

interface DirectoryEntry {
  readonly name: BytePath;
  readonly isDirectory: boolean;
}

function readEntries(path: BytePath, report: Report): DirectoryEntry[] {
  try {
    return readdirSync(toFs(path), { withFileTypes: true, encoding: 'latin1' }).map((entry) => ({
      name: entry.name,
      isDirectory: entry.isDirectory(),
    }));
  } catch {
    // On a file system that does not keep types in its directories, node looks each name up, decoded: it fails for all
    // where one is not ASCII, or has vanished. Then we look them up ourselves, and a directory that cannot be read at
    // all fails once more, with the true reason.
  }
  return readdirSync(toFs(path), 'latin1').flatMap((name) => {
    try {
      return [{ name, isDirectory: lstatSync(toFs(path + name)).isDirectory() }];
    } catch (error) {
      if (errorCode(error) === 'ENOENT') report.detail(escapePath(path + name), 'vanished');
      else report.loss(escapePath(path + name), reason(error));
      return [];
    }
  });
}
