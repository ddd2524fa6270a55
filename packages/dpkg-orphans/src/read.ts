import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { errorCode, failure, reason } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import type { Root } from './root.ts';

/** A file of the root as it was read. */
export interface Content {
  readonly bytes: string;
  readonly stats: Stats;
}

/** The bytes of a file of the root, links on the way to it followed inside; undefined where there is none. */
export function readIfThere(root: Root, file: BytePath): string | undefined {
  return readContent(root, root.resolve(file))?.bytes;
}

/** The same for a file in a directory whose path has no links. A link there is followed inside of the root too. */
export function readContent(root: Root, file: BytePath): Content | undefined {
  return ifThere(root, file, () => {
    const descriptor = openInside(root, file);
    try {
      const stats = fstatSync(descriptor);
      if (!stats.isFile()) throw failure(escapePath(root.outside(file)), 'not a regular file');
      return { bytes: readFileSync(descriptor, 'latin1'), stats };
    } finally {
      closeSync(descriptor);
    }
  });
}

/** The names in a directory, a path without links; none where it is not there. */
export function namesIn(root: Root, directory: BytePath): string[] {
  return ifThere(root, directory, () => readdirSync(root.fs(directory), 'latin1')) ?? [];
}

/** Never waits: a fifo is opened at once, to be refused. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function openInside(root: Root, file: BytePath): number {
  try {
    return openSync(root.fs(file), flags);
  } catch (error) {
    if (errorCode(error) !== 'ELOOP') throw error;
    return openSync(root.fs(root.resolve(file)), flags);
  }
}

function ifThere<T>(root: Root, path: BytePath, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw errorCode(error) === undefined ? error : failure(escapePath(root.outside(path)), reason(error));
  }
}
