import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The index that the run is making. */
export function newIndexCopy(state: string): string {
  return join(state, 'indexes', 'new.zst');
}

/** The index of a published date's files: as in the date, but for root to read on this host. */
export function indexCopy(state: string, date: string): string {
  return join(state, 'indexes', `${date}.zst`);
}

/** Before a date is published: a copy is of the date that is there, or there is none. */
export async function forgetIndexCopy(state: string, date: string): Promise<void> {
  await rm(indexCopy(state, date), { force: true });
}

/** After it: what was made is that date's, and those of dates that are gone go. */
export async function keepIndexCopies(state: string, date: string, dates: readonly string[]): Promise<void> {
  if (!existsSync(newIndexCopy(state))) return;
  await rename(newIndexCopy(state), indexCopy(state, date));
  const wanted = new Set(dates.map((one) => `${one}.zst`));
  for (const name of await readdir(join(state, 'indexes')))
    if (!wanted.has(name)) await rm(join(state, 'indexes', name), { force: true });
}
