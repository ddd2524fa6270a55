import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { failure, reason } from 'command-line';
import { RecordTooLong, readPaths } from 'path-stream';
import { movedName, type Opening, openSealed } from 'sealed-file';
import { type Entry, notAnIndex, parseRecord, type Remark } from './entry.ts';

/** A part of a directory of archives: an archive, and the index of what is in it. */
export interface Part {
  readonly number: number;
  readonly archive: string;
  readonly index: string;
}

const partFile = /^(\d{6})\.(tar|index)\.zst(?:\.\w+)?$/;
const goneFile = /^gone\.zst(?:\.\w+)?$/;

/** The names of a part's files. Parts are unpacked in the order of their numbers, and a number is used once. */
export function partNames(number: number, suffix: string): { archive: string; index: string } {
  const digits = String(number).padStart(6, '0');
  return { archive: `${digits}.tar${suffix}`, index: `${digits}.index${suffix}` };
}

/** The list of paths that archives have and the directory does not: they were deleted. */
export function goneName(suffix: string): string {
  return `gone${suffix}`;
}

/** Whether a directory has anything of a directory of archives in it, or a list of those that have gone over to a command. */
export function holdsArchives(directory: string): boolean {
  return namesIn(directory).some((file) => partFile.test(file) || goneFile.test(file) || file === movedName);
}

/** The parts of a directory, in the order in which they are to be unpacked. An archive without an index, or the other way, is an error. */
export function readParts(directory: string): Part[] {
  const found = new Map<number, { tar?: string; index?: string }>();
  for (const file of namesIn(directory)) {
    const [, digits, kind] = partFile.exec(file) ?? [];
    if (digits === undefined) continue;
    found.set(Number(digits), { ...found.get(Number(digits)), [kind === 'tar' ? 'tar' : 'index']: file });
  }
  if (found.size === 0)
    throw failure(directory, 'no archive in it', 'is this a directory that encrypt-tar -d made?');
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([number, { tar, index }]) => {
      if (tar === undefined) throw failure(join(directory, index ?? ''), 'its archive is missing');
      if (index === undefined) throw failure(join(directory, tar), 'its index is missing');
      return { number, archive: join(directory, tar), index: join(directory, index) };
    });
}

/** The highest number of a part that is in a directory; 0 where there is none, or no directory. */
export function lastNumber(directory: string): number {
  if (!existsSync(directory)) return 0;
  return Math.max(0, ...namesIn(directory).map((file) => Number(partFile.exec(file)?.[1] ?? 0)));
}

/** Removes what belongs to a directory of archives. */
export async function removeArchives(directory: string): Promise<void> {
  for (const file of namesIn(directory))
    if (partFile.test(file) || goneFile.test(file)) await rm(join(directory, file));
}

/** The list of deleted paths, where a directory has one. */
export function findGone(directory: string): string | undefined {
  const name = namesIn(directory).find((file) => goneFile.test(file));
  return name === undefined ? undefined : join(directory, name);
}

/**
 * Hands the records of a part's index to `take`, in batches: entries in the order of its archive, then remarks. The index of another
 * part is an error.
 */
export function readIndex(
  file: string,
  opening: Opening,
  take: (records: AsyncIterable<(Entry | Remark)[]>) => Promise<void>,
): Promise<void> {
  return openSealed(file, opening, [], (plain) => take(parseAll(readPaths(plain, '\n'), file)));
}

async function* parseAll(lines: AsyncIterable<string[]>, file: string): AsyncGenerator<(Entry | Remark)[]> {
  const digits = basename(file).slice(0, 6); // no more of the name: sealed anew, it ends otherwise
  const parse = (line: string): Entry | Remark => {
    const record = parseRecord(line, file);
    if ('archive' in record && !record.archive.startsWith(`${digits}.`))
      throw failure(file, `not of one part with its archive: it is the index of ${record.archive}`);
    return record;
  };
  try {
    for await (const batch of lines) yield batch.map(parse);
  } catch (error) {
    throw error instanceof RecordTooLong ? notAnIndex(file) : error;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    throw failure(directory, reason(error));
  }
}
