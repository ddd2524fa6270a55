import { lstatSync } from 'node:fs';
import { reason, usageError } from 'command-line';
import { type BytePath, escapePath, fromText, withSlash } from 'path-stream';
import type { EntryType } from './classify.ts';
import { typeOf } from './listing.ts';
import { Root } from './root.ts';

/** Where a walk begins: a path with its links resolved, and what is there. */
export interface StartingPoint {
  readonly path: BytePath;
  readonly type: EntryType;
}

/** The tree to work on. */
export function openRoot(directory: string): Root {
  if (directory === '') throw usageError('--root', 'an empty path', 'give a directory');
  try {
    const root = new Root(fromText(directory));
    if (lstatSync(root.fs('/')).isDirectory()) return root;
  } catch (error) {
    throw usageError(`--root ${directory}`, reason(error));
  }
  throw usageError(`--root ${directory}`, 'not a directory');
}

/** The paths to walk, links resolved, in byte order, none twice or inside another; `/` where none is given. */
export function startingPoints(operands: readonly BytePath[], root: Root): StartingPoint[] {
  const found = (operands.length === 0 ? ['/'] : operands)
    .flatMap((operand) => pointsOf(operand, root))
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const starts: StartingPoint[] = [];
  for (const one of found) {
    const last = starts.at(-1);
    const inside = last !== undefined && withSlash(one.path).startsWith(withSlash(last.path));
    if (!inside) starts.push(one);
  }
  return starts;
}

/** What it sorts by: a directory with its slash, as in the walk. */
function key({ path, type }: StartingPoint): BytePath {
  return type === 'directory' ? withSlash(path) : path;
}

/** What an operand leads to, and before it the links that lead there: without those, nobody finds it again. */
function pointsOf(operand: BytePath, root: Root): StartingPoint[] {
  if (operand === '') throw usageError('operand', 'an empty path', 'give a path, or none for /');
  try {
    const links: StartingPoint[] = [];
    const path = root.resolve(absolute(operand, root), (link) => links.push({ path: link, type: 'link' }));
    return [...links, { path, type: typeOf(lstatSync(root.fs(path))) }];
  } catch (error) {
    throw usageError(escapePath(operand), reason(error));
  }
}

/** A relative path is one of the current directory; in a tree that is not `/`, there is none but its top. */
export function absolute(path: BytePath, root: Root): BytePath {
  if (path.includes('\0')) throw new Error('a NUL byte in the name');
  if (path.startsWith('/')) return path;
  return `${root.prefix === '' ? fromText(process.cwd()) : ''}/${path}`;
}
