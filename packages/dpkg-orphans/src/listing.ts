import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { errorCode, type Report, reason } from 'command-line';
import { type BytePath, escapePath, toFs } from 'path-stream';
import type { EntryType } from './classify.ts';

/** What is in a directory: the names in the byte order of their paths, those of directories with a slash. */
export interface Listing {
  readonly keys: readonly BytePath[];
  /** Of the keys without a slash, what is no plain file. */
  readonly types: ReadonlyMap<BytePath, EntryType>;
}

type Entry = Pick<Dirent, 'name' | 'isDirectory' | 'isFile' | 'isSymbolicLink'>;

const noTypes: ReadonlyMap<BytePath, EntryType> = new Map();

/**
 * Lists a directory (with its slash, as this process sees it). What has vanished meanwhile is no loss; what cannot be read
 * is one, and named.
 */
export function list(directory: BytePath, report: Report): Listing | 'vanished' | 'unreadable' {
  try {
    return listEntries(directory, report);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') {
      report.detail(escapePath(directory), 'vanished');
      return 'vanished';
    }
    report.loss(escapePath(directory), `not read: ${reason(error)}`);
    return 'unreadable';
  }
}

function listEntries(directory: BytePath, report: Report): Listing {
  try {
    return toListing(readdirSync(toFs(directory), { withFileTypes: true, encoding: 'latin1' }));
  } catch {
    // On a file system that does not keep types in its directories, node looks each name up, decoded: it fails for all
    // where one is not ASCII, or has vanished. Then we look them up ourselves, and a directory that cannot be read at
    // all fails once more, with the true reason.
  }
  const names = readdirSync(toFs(directory), 'latin1');
  return toListing(names.flatMap((name) => lookUp(directory, name, report)));
}

function lookUp(directory: BytePath, name: BytePath, report: Report): Entry[] {
  try {
    return [Object.assign(lstatSync(toFs(directory + name)), { name })];
  } catch (error) {
    if (errorCode(error) === 'ENOENT') report.detail(escapePath(directory + name), 'vanished');
    else report.loss(escapePath(directory + name), reason(error));
    return [];
  }
}

function toListing(entries: readonly Entry[]): Listing {
  const keys = new Array<BytePath>(entries.length);
  let types: Map<BytePath, EntryType> | undefined;
  for (const [index, entry] of entries.entries()) {
    const isDirectory = entry.isDirectory();
    keys[index] = isDirectory ? `${entry.name}/` : entry.name;
    if (isDirectory || entry.isFile()) continue;
    types ??= new Map();
    types.set(entry.name, typeOf(entry));
  }
  // Every unit is one byte: the order that sort() has by itself is that of the bytes.
  return { keys: keys.sort(), types: types ?? noTypes };
}

/** The type of a directory's entry. */
export function typeOf(entry: Omit<Entry, 'name'>): EntryType {
  if (entry.isDirectory()) return 'directory';
  if (entry.isFile()) return 'file';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
