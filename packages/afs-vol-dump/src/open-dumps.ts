import { closeSync, openSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, reason } from 'command-line';
import { type Opening, openSealed } from 'sealed-file';
import type { DumpFile } from './merge.ts';
import type { VolumeRecord } from './record.ts';

/**
 * Opens the dumps of a volume, each to its last byte, and hands them over as files below a directory: without a name already, so that
 * they are gone with this process, however it ends.
 */
export async function withOpenDumps<T>(
  directory: string,
  { dumps }: VolumeRecord,
  opening: Opening,
  place: string,
  use: (dumps: readonly DumpFile[]) => Promise<T> | T,
): Promise<T> {
  const scratch = await mkdtemp(join(place, '.afs-vol-dump-')).catch((error: unknown) => {
    throw failure(place, reason(error));
  });
  const opened: DumpFile[] = [];
  try {
    for (const { file: name } of dumps) {
      const file = openWithoutName(join(scratch, 'dump'));
      opened.push({ name, file });
      await openSealed(join(directory, name), opening, [], file);
    }
    await rm(scratch, { recursive: true });
    return await use(opened);
  } finally {
    for (const { file } of opened) closeSync(file);
    await rm(scratch, { recursive: true, force: true });
  }
}

function openWithoutName(path: string): number {
  const file = openSync(path, 'wx+', 0o600);
  rmSync(path);
  return file;
}
