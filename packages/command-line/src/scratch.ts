import { randomBytes } from 'node:crypto';
import { closeSync, constants, lstatSync, openSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { escapePath } from 'path-stream';
import { failure, reason } from './errors.ts';
import { tryLock } from './flock.ts';
import { removeTree } from './remove.ts';
import type { Report } from './report.ts';

/** The end of each name: what is in it is not whole. */
const suffix = '.partial';

/**
 * Hands over a new directory below a place, which only its owner may enter, and removes it at the end, however that comes. What is in
 * it may not be encrypted: so what somebody left there who was killed, and could not remove it, is removed as well. Whoever is at
 * work has a lock on his. `name` is what the names begin with.
 */
export async function withScratch<T>(
  place: string,
  name: string,
  report: Report,
  use: (directory: string) => Promise<T> | T,
): Promise<T> {
  const directory = join(place, `${name}.${randomBytes(6).toString('hex')}${suffix}`);
  let handle: number;
  try {
    for (const left of leftIn(place, name)) await removeLeft(left, report);
    await mkdir(directory, { mode: 0o700 });
    handle = openDirectory(directory);
  } catch (error) {
    throw failure(place, reason(error));
  }
  try {
    if (!tryLock(handle, 'exclusive')) throw failure(directory, 'somebody else has locked it');
    return await use(directory);
  } finally {
    closeSync(handle);
    await removeTree(directory);
  }
}

/** Those of this user: what somebody else put under such a name is not touched. */
function leftIn(place: string, name: string): string[] {
  return readdirSync(place)
    .filter(
      (entry) => entry.startsWith(`${name}.`) && /^[0-9a-f]{12}\.partial$/.test(entry.slice(name.length + 1)),
    )
    .map((entry) => join(place, entry))
    .filter((path) => {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      return stats?.isDirectory() === true && stats.uid === process.getuid?.();
    });
}

async function removeLeft(directory: string, report: Report): Promise<void> {
  const handle = openDirectory(directory);
  try {
    if (!tryLock(handle, 'exclusive')) return;
    report.note(escapePath(directory), 'left by a run that was killed: removed');
    await removeTree(directory);
  } finally {
    closeSync(handle);
  }
}

function openDirectory(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}
