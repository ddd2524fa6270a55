import { chmod } from 'node:fs/promises';
import { failure, type Report, withScratch } from 'command-line';
import { rehearseLdap } from './ldap/rehearse.ts';
import { tellFailure } from './losses.ts';
import { rehearseMariadb } from './mariadb/rehearse.ts';
import { rehearsePostgresql } from './postgresql/rehearse.ts';
import type { DumpRecord } from './record.ts';
import { rehearseRedis } from './redis/rehearse.ts';
import { titleOf } from './source.ts';
import { rehearseSqlite } from './sqlite/rehearse.ts';
import type { StoredDumps } from './stored.ts';

/** Counts the rows that tables have come back with; -1 for one that cannot be compared. */
export type CountRows = (
  tables: readonly string[],
) => Promise<ReadonlyMap<string, number>> | ReadonlyMap<string, number>;

/** A server that is there for a rehearsal alone. */
export interface Rehearsal {
  load(dump: DumpRecord): Promise<CountRows | undefined>;
}

/** Starts servers, and ends them when `use` has ended. */
export type Rehearse = (
  scratch: string,
  stored: StoredDumps,
  report: Report,
  use: (rehearsal: Rehearsal) => Promise<void>,
) => Promise<void>;

/** How the dumps of each engine are loaded, in the order that a restore has: what a database needs goes before it. */
const engines = {
  postgresql: { rehearse: rehearsePostgresql, globals: 'first' },
  mariadb: { rehearse: rehearseMariadb, globals: 'last' },
  sqlite: { rehearse: rehearseSqlite, globals: 'first' },
  ldap: { rehearse: rehearseLdap, globals: 'first' },
  redis: { rehearse: rehearseRedis, globals: 'first' },
} as const satisfies Partial<Record<DumpRecord['engine'], { rehearse: Rehearse; globals: 'first' | 'last' }>>;

/**
 * Loads every dump into a server that is started for that, below `place`, and counts its tables and rows: they must be what was dumped.
 * Of dumps that no server is started for, what they say of themselves is checked.
 */
export async function rehearse(stored: StoredDumps, place: string, report: Report): Promise<void> {
  const { dumps } = stored.record;
  const servers = new Map(
    dumps.filter(({ engine }) => engine in engines).map((dump) => [`${dump.engine} ${dump.item}`, dump]),
  );
  for (const { engine, item } of servers.values()) {
    const { rehearse: start, globals } = engines[engine as keyof typeof engines];
    const own = dumps.filter((dump) => dump.engine === engine && dump.item === item);
    const [beside, databases] = [
      own.filter(({ kind }) => kind === 'globals'),
      own.filter(({ kind }) => kind !== 'globals'),
    ];
    const ordered = globals === 'first' ? [...beside, ...databases] : [...databases, ...beside];
    try {
      await withScratch(place, 'hcoop-rehearsal', report, async (scratch) => {
        await chmod(scratch, 0o711); // the server has a user of its own, whose directory is below
        await start(scratch, stored, report, (rehearsal) =>
          stored.each((dump) => rehearseDump(dump, stored, rehearsal, report), report, ordered),
        );
      });
    } catch (error) {
      tellFailure(`${item}: nothing of it was loaded`, error, report);
    }
  }
  await stored.each(
    (dump) => stored.check(dump),
    report,
    dumps.filter(({ engine }) => !(engine in engines)),
  );
}

async function rehearseDump(
  dump: DumpRecord,
  stored: StoredDumps,
  rehearsal: Rehearsal,
  report: Report,
): Promise<void> {
  report.progress(() => titleOf(dump));
  await stored.check(dump);
  const count = await rehearsal.load(dump);
  const expected = Object.entries(dump.rows ?? {});
  if (count === undefined || expected.length === 0) return;
  const found = await count(expected.map(([table]) => table));
  const wrong = expected.filter(([table, rows]) => found.get(table) !== rows && found.get(table) !== -1);
  const [first] = wrong;
  if (first === undefined)
    return report.detail(titleOf(dump), `${expected.length} tables, each with its rows`);
  const [table, rows] = first;
  throw failure(
    titleOf(dump),
    `${wrong.length} of ${expected.length} tables have other rows than were dumped: ${table} has ${found.get(table) ?? 'no'} of ${rows}`,
  );
}
