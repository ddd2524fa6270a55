import { join } from 'node:path';
import { failure, type Report } from 'command-line';
import type { Rehearsal } from '../rehearse.ts';
import type { StoredDumps } from '../stored.ts';
import { checkCopy } from './check.ts';

/** Has SQLite open and check each database, and count its rows. */
export async function rehearseSqlite(
  scratch: string,
  stored: StoredDumps,
  _report: Report,
  use: (rehearsal: Rehearsal) => Promise<void>,
): Promise<void> {
  const file = join(scratch, 'database');
  await use({
    load: async (dump) => {
      await stored.extract(dump, file);
      const { doubts, rows = new Map<string, number>() } = await checkCopy(file, undefined);
      const [doubt] = doubts;
      if (doubt !== undefined) throw failure(dump.name, ...doubt);
      return () => rows;
    },
  });
}
