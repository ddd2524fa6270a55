import { lstatSync } from 'node:fs';
import type { BytePath } from 'path-stream';
import { wasUnpacked } from './evidence.ts';
import type { OwnedNode } from './owned.ts';
import type { Root } from './root.ts';

/** Links of packages may lead to one another; more than so many in a row are none of theirs. */
const mostRounds = 8;

/**
 * Moves what packages have behind another package's symbolic link to where that leads: there the files are. A link that
 * stands where every package has a directory is the administrator's, and is not followed: what lies behind it is his.
 */
export function followPackageLinks(tree: OwnedNode, root: Root): void {
  for (let round = 0; round < mostRounds; round += 1) if (!followOnce(tree, '', tree, root)) return;
}

/** Returns whether something was moved. */
function followOnce(tree: OwnedNode, path: BytePath, node: OwnedNode, root: Root): boolean {
  let moved = false;
  for (const [name, child] of node.children ?? []) {
    if (child.children === undefined) continue;
    const childPath = `${path}/${name}`;
    const target = child.leaf ? packageLinkTarget(tree, childPath, child, root) : undefined;
    if (target === undefined) moved = followOnce(tree, childPath, child, root) || moved;
    else {
      const { children } = child;
      child.children = undefined;
      target.mergeChildren({ children });
      moved = true;
    }
  }
  return moved;
}

/** The node that a package's link leads to; undefined for what is no link, or may be the administrator's. */
function packageLinkTarget(
  tree: OwnedNode,
  path: BytePath,
  node: OwnedNode,
  root: Root,
): OwnedNode | undefined {
  const target = root.readLink(path) === undefined ? undefined : root.tryResolve(path);
  if (target === undefined) return undefined;
  const there = tree.find(target);
  // An administrator moves directories to places of his own; where a package has the place, and the link is as it was
  // unpacked, the link is a package's.
  const ownPlace = there === undefined || !there.owned;
  const stats = ownPlace ? lstatSync(root.fs(path)) : undefined;
  if (stats !== undefined && !wasUnpacked(stats, node.unpackings)) return undefined;
  const isInsideItself = `${target}/`.startsWith(`${path}/`);
  return isInsideItself ? undefined : tree.add(target);
}
