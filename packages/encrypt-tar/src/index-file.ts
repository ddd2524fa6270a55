import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { failure, reason } from 'command-line';
import { readPaths } from 'path-stream';
import { type Opening, openSealed } from 'sealed-file';
import { type Entry, parseRecord, type Remark } from './entry.ts';

const indexName = /^index\.zst(\.\w+)?$/;
const archiveName = /^\d+\.tar\.zst(\.\w+)?$/;

/** Whether a directory has an index or an archive in it. */
export function holdsArchives(directory: string): boolean {
  return namesIn(directory).some((file) => indexName.test(file) || archiveName.test(file));
}

/** The sealed index of a directory of archives. */
export function indexFile(directory: string): string {
  const name = namesIn(directory).find((file) => indexName.test(file));
  if (name === undefined)
    throw failure(directory, 'no index in it', 'is this a directory that encrypt-tar -d made?');
  return join(directory, name);
}

/** The archives of a directory, in the order in which they are to be unpacked. */
export function archiveFiles(directory: string): string[] {
  const names = namesIn(directory).filter((file) => archiveName.test(file));
  if (names.length === 0) throw failure(directory, 'no archive in it');
  return names.sort().map((name) => join(directory, name));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    throw failure(directory, reason(error));
  }
}

/** Hands the records of an index to `take`, in batches: entries in archive order, then the remarks. */
export function readIndex(
  file: string,
  opening: Opening,
  take: (records: AsyncIterable<(Entry | Remark)[]>) => Promise<void>,
): Promise<void> {
  return openSealed(file, opening, [], (plain) => take(parseAll(readPaths(plain, '\n'))));
}

async function* parseAll(lines: AsyncIterable<string[]>): AsyncGenerator<(Entry | Remark)[]> {
  for await (const batch of lines) yield batch.map(parseRecord);
}

/** The remarks of an index by path: few, so they are kept. */
export async function readRemarks(file: string, opening: Opening): Promise<Map<string, Remark['remark']>> {
  const remarks = new Map<string, Remark['remark']>();
  await readIndex(file, opening, async (batches) => {
    for await (const batch of batches)
      for (const record of batch) if ('remark' in record) remarks.set(record.path, record.remark);
  });
  return remarks;
}
