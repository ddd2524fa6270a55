import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { failure, type Report } from 'command-line';
import { userNamed } from '../owner.ts';
import type { Rehearsal } from '../rehearse.ts';
import type { StoredDumps } from '../stored.ts';
import { checkCopy } from './check.ts';

/** Has SQLite open and check each database, and count its rows; as somebody who owns nothing, for it is somebody's database. */
export async function rehearseSqlite(
  scratch: string,
  stored: StoredDumps,
  _report: Report,
  use: (rehearsal: Rehearsal) => Promise<void>,
): Promise<void> {
  const user = await userNamed('nobody');
  const place = join(scratch, 'place');
  mkdirSync(place, { mode: 0o700 });
  if (user) chownSync(place, user.uid, user.gid);
  const file = join(place, 'database');
  await use({
    load: async (dump) => {
      await stored.extract(dump, file);
      if (user) chownSync(file, user.uid, user.gid);
      const { doubts, rows = new Map<string, number>() } = await checkCopy(file, user);
      const [doubt] = doubts;
      if (doubt !== undefined) throw failure(dump.name, ...doubt);
      return () => rows;
    },
  });
}
