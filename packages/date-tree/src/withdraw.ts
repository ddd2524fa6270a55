import { randomBytes } from 'node:crypto';
import { closeSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLock } from 'command-line';
import { openDirectory } from './date.ts';
import { workDirectory } from './names.ts';

/** Takes a date out of the tree and removes it; false, and nothing done, where somebody is reading it. */
export function withdrawDate(tree: string, date: string): Promise<boolean> {
  return whileUnread(join(tree, date), async (path) => {
    await rm(hide(path, tree), { recursive: true });
  });
}

/** Puts a date out of sight, so that no half of it is ever pulled, under a name that nothing takes for a date's. */
export function hide(path: string, tree: string): string {
  const gone = join(workDirectory(tree), `expired-${randomBytes(6).toString('hex')}`);
  renameSync(path, gone);
  return gone;
}

/** Removes a directory that has no place in the tree any more; false where somebody is reading it. */
export function removeUnread(path: string): Promise<boolean> {
  return whileUnread(path, () => rm(path, { recursive: true, force: true, maxRetries: 5 }));
}

/** Does something to a date while nobody can lock it for reading. */
async function whileUnread(path: string, work: (path: string) => Promise<void>): Promise<boolean> {
  const descriptor = openDirectory(path);
  try {
    if (!tryLock(descriptor, 'exclusive')) return false;
    await work(path);
    return true;
  } finally {
    closeSync(descriptor);
  }
}
