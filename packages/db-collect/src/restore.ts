import { type Call, type Report, stdoutIsTerminal, usageError } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import { openingOf } from 'sealed-file';
import { restoreMariadb, restoreUsers } from './mariadb/restore.ts';
import { MariadbServer } from './mariadb/server.ts';
import { type command, directoryOf } from './options.ts';
import { restoreGlobals, restorePostgresql, type Target } from './postgresql/restore.ts';
import { PostgresqlServer } from './postgresql/server.ts';
import type { DumpRecord } from './record.ts';
import { titleOf } from './source.ts';
import { StoredDumps } from './stored.ts';

type RestoreCall = Call<(typeof command)['options']>;

/** Writes one dump, once it is known to be whole: to stdout, or as a file. */
export async function extractDump(call: RestoreCall): Promise<void> {
  const { stdout, options } = call;
  const { output } = options;
  if (output === '-' && stdoutIsTerminal)
    throw usageError('standard output', 'is a terminal', 'give -o FILE, or pipe the dump on');
  const { stored, dump } = await wantedDump(call);
  await stored.check(dump);
  if (output !== '-') return stored.extract(dump, output);
  await stored.open(dump, async (plaintext) => {
    for await (const chunk of plaintext)
      await new Promise<void>((resolve, reject) => {
        stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
  });
}

/** Loads one dump into a server, once it is known to be whole. */
export async function restoreDump(call: RestoreCall): Promise<void> {
  const { report, options } = call;
  const { stored, dump } = await wantedDump(call);
  await stored.check(dump);
  const where = options.into ?? dump.item;
  if (dump.kind === 'globals') {
    if (options.as !== undefined) throw usageError('--as', `${dump.name} has no name of its own`);
    await loadGlobals(stored, dump, where, report);
  } else
    await loadDatabase(
      stored,
      dump,
      where,
      { name: options.as ?? dump.name, overwrite: options.overwrite },
      report,
    );
  report.note(titleOf(dump), `loaded into ${where}${options.as === undefined ? '' : ` as ${options.as}`}`);
}

function loadGlobals(stored: StoredDumps, dump: DumpRecord, where: string, report: Report): Promise<void> {
  if (dump.engine === 'postgresql') return restoreGlobals(stored, dump, new PostgresqlServer(where), report);
  if (dump.engine === 'mariadb') return restoreUsers(stored, dump, new MariadbServer(where));
  throw noServer(dump);
}

function loadDatabase(
  stored: StoredDumps,
  dump: DumpRecord,
  where: string,
  target: Target,
  report: Report,
): Promise<void> {
  if (dump.engine === 'postgresql')
    return restorePostgresql(stored, dump, new PostgresqlServer(where), target, report);
  if (dump.engine === 'mariadb' || dump.engine === 'mysql')
    return restoreMariadb(stored, dump, new MariadbServer(where), target);
  throw noServer(dump);
}

function noServer(dump: DumpRecord): Error {
  return usageError(
    titleOf(dump),
    'is not loaded into a running server',
    'give --extract -o FILE, and see docs/databases.md for the rest',
  );
}

async function wantedDump({
  options,
  operands,
  report,
}: RestoreCall): Promise<{ stored: StoredDumps; dump: DumpRecord }> {
  const [name, more] = operands as readonly [BytePath?, BytePath?];
  if (name === undefined) throw usageError('NAME', 'no dump named');
  if (more !== undefined) throw usageError(escapePath(more), 'one dump at a time');
  const stored = await StoredDumps.in(directoryOf(options), openingOf(options));
  return { stored, dump: stored.find(name, report) };
}
