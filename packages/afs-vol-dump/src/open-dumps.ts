import { closeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, openUnnamed, reason } from 'command-line';
import { type Opening, openSealed } from 'sealed-file';
import { ChainReader, type DumpFile } from './chain-reader.ts';
import type { VolumeRecord } from './record.ts';

/**
 * Opens the dumps of a volume, each to its last byte, and hands them over as one. They are in files below a directory, without a name
 * already, so that they are gone with this process, however it ends.
 */
export async function withChain<T>(
  directory: string,
  { dumps }: VolumeRecord,
  opening: Opening,
  place: string,
  use: (chain: ChainReader) => Promise<T> | T,
): Promise<T> {
  const scratch = await mkdtemp(join(place, '.afs-vol-dump-')).catch((error: unknown) => {
    throw failure(place, reason(error));
  });
  const opened: DumpFile[] = [];
  try {
    for (const { file: name } of dumps) {
      const file = openUnnamed(join(scratch, 'dump'));
      opened.push({ name, file });
      await openSealed(join(directory, name), opening, [], file);
    }
    await rm(scratch, { recursive: true });
    return await use(new ChainReader(opened));
  } finally {
    for (const { file } of opened) closeSync(file);
    await rm(scratch, { recursive: true, force: true });
  }
}
