import type { Stats } from 'node:fs';

/**
 * When dpkg unpacked a package, in ms since 1970: from when it had unpacked the package's control files until it wrote the
 * list of the others. Both are the kernel's own record: the birth of an inode, and the last change of one.
 */
export interface Unpacking {
  readonly from: number;
  readonly until: number;
}

/**
 * Reads it from the inodes of a package's file list and of its digests. A package without digests has no such record, nor
 * has one whose database was copied, restored or edited: there the digests are born after the list. dpkg writes the list anew
 * when another package takes a file over, but never the digests, and touching either changes no birth: the earliest time counts.
 */
export function unpackingOf(list: Stats, digests: Stats | undefined): Unpacking | undefined {
  if (digests === undefined || digests.birthtimeMs === 0) return undefined;
  const until = Math.min(list.mtimeMs, list.birthtimeMs || list.mtimeMs, digests.ctimeMs);
  return digests.birthtimeMs <= until ? { from: digests.birthtimeMs, until } : undefined;
}

/**
 * Whether a path is as dpkg made it when it unpacked one of the packages that have it: a change of content, target, owner or
 * mode changes the inode, and nobody can set the time of that. dpkg sets the time of content to that in the package, which is
 * earlier: where both times are the same, something has made up both, as when images are built.
 */
export function wasUnpacked(
  { ctimeMs, mtimeMs }: Pick<Stats, 'ctimeMs' | 'mtimeMs'>,
  unpackings: readonly Unpacking[],
): boolean {
  return ctimeMs > mtimeMs && unpackings.some(({ from, until }) => from <= ctimeMs && ctimeMs <= until);
}
