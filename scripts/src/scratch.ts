import { closeSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, type Report, reason, removeTree, tryLock } from 'command-line';

const prefix = 'hcoop-scratch-';

/**
 * Hands over a directory for what is to be thrown away, which only its owner may enter, and removes it at the end, however that comes.
 * What is in it is not encrypted: so what a run left there that was killed, and could not remove it, is removed as well. One
 * that goes on has a lock.
 */
export async function withScratch<T>(
  place: string,
  report: Report,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  let directory: string;
  try {
    for (const left of leftIn(place)) await removeLeft(left, report);
    directory = await mkdtemp(join(place, prefix));
  } catch (error) {
    throw failure(place, reason(error));
  }
  const handle = openSync(directory, 'r');
  try {
    if (!tryLock(handle, 'exclusive')) throw failure(directory, 'somebody else has locked it');
    return await use(directory);
  } finally {
    closeSync(handle);
    await removeTree(directory);
  }
}

/** Those of this user: what somebody else put under such a name is not touched. */
function leftIn(place: string): string[] {
  return readdirSync(place)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(place, name))
    .filter((path) => {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      return stats?.isDirectory() === true && stats.uid === process.getuid?.();
    });
}

async function removeLeft(directory: string, report: Report): Promise<void> {
  const handle = openSync(directory, 'r');
  try {
    if (!tryLock(handle, 'exclusive')) return;
    report.note(directory, 'left by a run that was killed: removed');
    await removeTree(directory);
  } finally {
    closeSync(handle);
  }
}
