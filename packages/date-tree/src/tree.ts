import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, failure, reason } from 'command-line';
import { dateOfReplaced, workDirectory } from './names.ts';
import { hide, removeUnread } from './withdraw.ts';

/**
 * Makes a tree where it is missing; only its owner may enter it until it is shared. What is missing above it is made for
 * everybody to pass, as an administrator would make it: who pulls has to get there.
 */
export function makeTree(tree: string): void {
  try {
    for (const path of missingAbove(tree)) makeDirectory(path, 0o755);
    for (const path of [tree, workDirectory(tree)]) if (!existsSync(path)) makeDirectory(path, 0o700);
  } catch (error) {
    const hint = errorCode(error) === 'EACCES' ? 'run as root, or name another directory' : undefined;
    throw failure(tree, reason(error), hint);
  }
}

function missingAbove(path: string): string[] {
  const above = dirname(path);
  return existsSync(above) ? [] : [...missingAbove(above), above];
}

/** With just this mode, whatever the umask. */
function makeDirectory(path: string, mode: number): void {
  mkdirSync(path, { mode });
  chmodSync(path, mode);
}

/** Of dates that are gone and still read, so many stay; the oldest beyond go, and their readers hear of an error. */
const mostRead = 2;

/**
 * Mends and clears what is left in `.work`, by a run that was killed or by readers. Returns what stays because somebody is
 * still reading it: not without a limit, for who reads could fill the disk. Only for who holds the tree: another run's
 * work would go too. `spare` is left alone.
 */
export async function clearWork(tree: string, spare?: string): Promise<string[]> {
  const read: string[] = [];
  for (const name of readdirSync(workDirectory(tree))) {
    if (name === spare) continue;
    const path = join(workDirectory(tree), name);
    const date = dateOfReplaced(name);
    // Killed between the two renames of placeDate(): the date of before goes back to its place.
    if (date !== undefined && !existsSync(join(tree, date))) renameSync(path, join(tree, date));
    else if (!lstatSync(path).isDirectory()) await rm(path);
    else {
      const gone = date === undefined ? path : hide(path, tree);
      if (!(await removeUnread(gone))) read.push(gone);
    }
  }
  const oldestFirst = read.sort((a, b) => statSync(a).ctimeMs - statSync(b).ctimeMs);
  for (const path of oldestFirst.slice(0, -mostRead)) await rm(path, { recursive: true });
  return oldestFirst.slice(-mostRead);
}

/** Runs `build` with a new, empty directory for a date; what it leaves there when it fails is removed. */
export async function withBuildingPlace<T>(
  tree: string,
  date: string,
  build: (place: string) => Promise<T>,
): Promise<T> {
  const around = join(workDirectory(tree), `building-${randomBytes(6).toString('hex')}`);
  const place = join(around, date);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  try {
    return await build(place);
  } finally {
    await rm(around, { recursive: true, force: true }); // after a success the date has its published name
  }
}
