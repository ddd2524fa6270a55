import { lstatSync } from 'node:fs';
import { join } from 'node:path';

/** A file that is the one of before: name, size and mtime, as rsync would tell it. */
export interface FileState {
  readonly name: string;
  readonly size: number;
  readonly mtimeNs: string;
}

/** A file of a directory as it is now; undefined where there is none. */
export function fileState(directory: string, name: string): FileState | undefined {
  const stats = lstatSync(join(directory, name), { bigint: true, throwIfNoEntry: false });
  if (stats?.isFile() !== true) return undefined;
  return { name, size: Number(stats.size), mtimeNs: String(stats.mtimeNs) };
}

/** Whether a file is there as it was. */
export function isAsItWas(directory: string, { name, size, mtimeNs }: FileState): boolean {
  const found = fileState(directory, name);
  return found !== undefined && found.size === size && found.mtimeNs === mtimeNs;
}
