import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, failure, reason, tryLock } from 'command-line';
import { isDate } from './calendar.ts';
import { manifestName } from './names.ts';

/** A date that cannot be removed as long as its descriptor is open, here or in a child. */
export interface LockedDate {
  readonly path: string;
  readonly descriptor: number;
}

/** The dates in a tree, oldest first: directories named so, whatever is in them. */
export function listDates(tree: string): string[] {
  try {
    return readdirSync(tree, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isDate(entry.name))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw failure(tree, reason(error));
  }
}

/**
 * Opens the directory of a complete date, itself and no link to it (open(2), O_NOFOLLOW), and returns its descriptor:
 * whatever is renamed into its place later, that stays what was opened. Throws where there is no such date.
 */
export function openDate(tree: string, date: string): number {
  const path = join(tree, date);
  if (!isDate(date)) throw failure(path, 'not a date');
  const descriptor = openDirectory(path);
  if (lstatSync(`/proc/self/fd/${descriptor}/${manifestName}`, { throwIfNoEntry: false })?.isFile())
    return descriptor;
  closeSync(descriptor);
  throw failure(path, 'not complete');
}

/**
 * The same, with a lock that others may share and that keeps the date from being removed. What was removed between the
 * opening and the lock is no date any more: the name is looked at once more.
 */
export function lockDate(tree: string, date: string): LockedDate {
  const path = join(tree, date);
  const descriptor = openDate(tree, date);
  if (tryLock(descriptor, 'shared') && isNamed(descriptor, path)) return { path, descriptor };
  closeSync(descriptor);
  throw failure(path, 'being removed');
}

/** Opens a directory, and no link to one. */
export function openDirectory(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw failure(path, 'no such date');
    const notOne = errorCode(error) === 'ENOTDIR' || errorCode(error) === 'ELOOP';
    throw failure(path, notOne ? 'not a directory' : reason(error));
  }
}

function isNamed(descriptor: number, path: string): boolean {
  const named = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  const opened = fstatSync(descriptor, { bigint: true });
  return named !== undefined && named.ino === opened.ino && named.dev === opened.dev;
}
