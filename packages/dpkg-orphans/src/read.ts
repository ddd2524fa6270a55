import { readdirSync, readFileSync } from 'node:fs';
import { errorCode, failure, reason } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import type { Root } from './root.ts';

/** The bytes of a file of the root, links on the way to it followed inside; undefined where there is none. */
export function readIfThere(root: Root, file: BytePath): string | undefined {
  return readPlain(root, root.resolve(file));
}

/** The same for a path without links. */
export function readPlain(root: Root, file: BytePath): string | undefined {
  return ifThere(root, file, () => readFileSync(root.fs(file), 'latin1'));
}

/** The names in a directory, a path without links; none where it is not there. */
export function namesIn(root: Root, directory: BytePath): string[] {
  return ifThere(root, directory, () => readdirSync(root.fs(directory), 'latin1')) ?? [];
}

function ifThere<T>(root: Root, path: BytePath, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw failure(escapePath(root.outside(path)), reason(error));
  }
}
