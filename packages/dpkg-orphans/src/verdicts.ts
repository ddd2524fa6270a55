import type { Stats } from 'node:fs';
import { wasUnpacked } from './evidence.ts';
import type { OwnedNode, Verdict } from './owned.ts';
import type { Override } from './statoverrides.ts';

/** Whether owner and mode are those of the statoverride. */
export function agrees(stats: Stats, { uid, gid, mode }: Override): boolean {
  return stats.uid === uid && stats.gid === gid && (stats.mode & 0o7777) === mode;
}

/**
 * Where no package has anything below a directory, the package may have a link there. One that was made after the unpacking
 * may be a maintainer script's, or somebody's: with an owner and a mode of its own, it is to be kept.
 */
export function verdictOfDirectory(stats: Stats, { children, unpackings }: OwnedNode): Verdict {
  const { birthtimeMs, uid, gid, mode } = stats;
  const isRemade = unpackings.length > 0 && unpackings.every(({ until }) => birthtimeMs > until);
  const isPlain = uid === 0 && gid === 0 && (mode & 0o7777) === 0o755;
  return children === undefined && isRemade && !isPlain ? 'unverifiable' : 'intact';
}

/**
 * dpkg records no targets: when the link was changed last is all there is. One that was there before proves nothing, for dpkg
 * keeps a link to a directory, be it an administrator's in place of a directory. A later change need not be one of the
 * target, and dpkg-divert renames: but who makes a new link leaves a new time in it.
 */
export function verdictOfLink(stats: Stats, node: OwnedNode): Verdict {
  if (wasUnpacked(stats, node.unpackings)) return 'intact';
  return isNew(stats, node) ? 'retargeted' : 'unverifiable';
}

/** Whether the content was made after every unpacking. */
function isNew({ mtimeMs }: Stats, { unpackings }: OwnedNode): boolean {
  return unpackings.length > 0 && unpackings.every(({ until }) => mtimeMs > until);
}
