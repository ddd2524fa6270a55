import { randomBytes } from 'node:crypto';
import { closeSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLock } from 'command-line';
import { openDirectory } from './date.ts';
import { workDirectory } from './names.ts';

/**
 * Takes a date out of the tree, at once and for everybody, and removes it; false where somebody is reading it: it stays in
 * `.work` for them, and clearWork() removes it.
 */
export function withdrawDate(tree: string, date: string): Promise<boolean> {
  return removeUnread(hide(join(tree, date), tree));
}

/** Puts a date out of sight, so that no half of it is ever pulled, under a name that nothing takes for a date's. */
export function hide(path: string, tree: string): string {
  const gone = join(workDirectory(tree), `expired-${randomBytes(6).toString('hex')}`);
  renameSync(path, gone);
  return gone;
}

/** Removes a directory that has no place in the tree any more; false, and nothing done, where somebody is reading it. */
export async function removeUnread(path: string): Promise<boolean> {
  const descriptor = openDirectory(path);
  try {
    if (!tryLock(descriptor, 'exclusive')) return false;
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
    return true;
  } finally {
    closeSync(descriptor);
  }
}
