import type { Stats } from 'node:fs';
import type { OwnedNode } from './owned.ts';

/**
 * Whether the kernel's own record tells that a path is as dpkg unpacked it. dpkg sets the time of the content to that in the
 * package, and then writes the package's file list; nobody can set the time of the inode's last change. So a change of
 * content, target, owner or mode after that shows. Images that were built have no such record: there both times are the
 * same, or the list's inode is younger than its content (see FileLists). Nor has a clock that ran backwards.
 */
export function unchangedSinceUnpacked(stats: Stats, node: OwnedNode): boolean {
  return stats.ctimeMs > stats.mtimeMs && stats.ctimeMs <= node.unpackedUntil;
}
