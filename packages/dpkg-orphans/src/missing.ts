import { lstatSync } from 'node:fs';
import { reason } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import type { OwnedNode } from './owned.ts';
import type { Ground } from './walk.ts';

/**
 * Every path at or below a starting point that a package has and that is not there, in byte order. Where a directory is now
 * a link to one, what lies behind the link is there.
 */
export function* missing(
  path: BytePath,
  ground: Pick<Ground, 'root' | 'tree' | 'report'>,
): Generator<BytePath> {
  const node = ground.tree.find(path);
  if (node !== undefined) yield* missingBelow(path, path, node, ground);
}

/** `place` is where the path leads to when the links on its way are followed; undefined where it is gone. */
function* missingBelow(
  path: BytePath,
  place: BytePath | undefined,
  node: OwnedNode,
  ground: Pick<Ground, 'root' | 'report'>,
): Generator<BytePath> {
  const isThere = place !== undefined && exists(place, ground);
  if (!isThere && node.owned) yield node.children === undefined ? path : `${path}/`;
  const inside = isThere ? directoryAt(place, ground) : undefined;
  const children = [...(node.children ?? [])].map(([name, child]) => ({
    name,
    child,
    key: child.children === undefined ? name : `${name}/`,
  }));
  children.sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const { name, child } of children)
    yield* missingBelow(
      below(path, name),
      inside === undefined ? undefined : below(inside, name),
      child,
      ground,
    );
}

function below(directory: BytePath, name: BytePath): BytePath {
  return `${directory === '/' ? '' : directory}/${name}`;
}

function exists(path: BytePath, { root, report }: Pick<Ground, 'root' | 'report'>): boolean {
  try {
    return lstatSync(root.fs(path), { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    report.loss(escapePath(path), reason(error));
    return true;
  }
}

/** Where the entries of a directory are, or of the one that a link leads to. */
function directoryAt(path: BytePath, { root }: Pick<Ground, 'root'>): BytePath | undefined {
  const place = root.readLink(path) === undefined ? path : root.tryResolve(path);
  if (place === undefined) return undefined;
  return lstatSync(root.fs(place), { throwIfNoEntry: false })?.isDirectory() ? place : undefined;
}
