import { randomBytes } from 'node:crypto';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  ChildFailure,
  CommandError,
  failure,
  interruption,
  type Report,
  reason,
  runPipeline,
  type Stage,
  usageError,
} from 'command-line';
import * as z from 'zod/mini';
import type { DumpRecord } from '../record.ts';
import type { StoredDumps } from '../stored.ts';
import { anyPsql } from './programs.ts';
import { type Refresh, withoutRefreshes } from './refresh.ts';
import { renaming } from './rename.ts';
import type { PostgresqlServer } from './server.ts';
import { dumpCreates, quote } from './text.ts';

/** NAMEDATALEN of PostgreSQL, without the zero at the end. */
const longestName = 63;

/** Where a database goes, and whether it may take the place of another one. */
export interface Target {
  readonly name: string;
  readonly overwrite: boolean;
}

/**
 * Loads a database into a server. It is loaded under a name of its own, which it loses when all of it is there: nobody finds half a database
 * under the name that he looks for, and one that it takes the place of is there until then.
 */
export async function restorePostgresql(
  stored: StoredDumps,
  dump: DumpRecord,
  server: PostgresqlServer,
  { name, overwrite }: Target,
  report: Report,
): Promise<void> {
  const psql = anyPsql();
  const base = name === 'postgres' ? 'template1' : 'postgres'; // no database takes the place of one that somebody is in
  const say = async (statement: string): Promise<void> => {
    await runPipeline([await client(server, psql, base)], {
      input: async (stdin) => void stdin.end(`${statement};\n`),
    });
  };
  if (Buffer.byteLength(name) > longestName)
    throw usageError(name, `a name of more than ${longestName} bytes`, 'PostgreSQL would cut it');
  if (!overwrite && (await exists(server, psql, base, name)))
    throw failure(name, 'there is such a database already', 'give --as NAME, or --overwrite to replace it');
  const temporary = `hcoop_restore_${randomBytes(6).toString('hex')}`;
  try {
    const creates = dumpCreates(dump.name);
    if (!creates) await say(`CREATE DATABASE ${quote(temporary)} TEMPLATE template0`);
    const stage = await client(server, psql, creates ? base : temporary);
    const refreshes: Refresh[] = [];
    const passing = [renaming(dump.name, temporary), withoutRefreshes(refreshes)];
    await stored.open(dump, (plaintext) => load(plaintext, passing, stage));
    const filler = await client(server, psql, temporary);
    for (const refresh of refreshes) await fill(refresh, filler, name, report);
    await putInPlace(say, temporary, name, overwrite && (await exists(server, psql, base, name)));
  } catch (error) {
    await say(`DROP DATABASE IF EXISTS ${quote(temporary)}`).catch(() => {});
    throw error instanceof CommandError && /role .* does not exist/.test(error.why)
      ? failure(error.what, error.why, 'restore globals first, which has the roles')
      : error;
  }
}

/**
 * Fills a materialized view, as the dump would have. One that cannot be, for what it asks is found by another search_path, say, is a loss; the
 * rest of the database is there all the same.
 */
async function fill({ view, script }: Refresh, stage: Stage, name: string, report: Report): Promise<void> {
  try {
    await runPipeline([stage], { input: async (stdin) => void stdin.end(script) });
  } catch (error) {
    if (!(error instanceof ChildFailure) || interruption.aborted) throw error;
    report.loss(
      name,
      `the materialized view ${view} has no rows: ${error.why}`,
      'all else is there: see what it needs, and REFRESH it',
    );
  }
}

/** What is there under the name goes last: until all else is done, it can come back. */
async function putInPlace(
  say: (statement: string) => Promise<void>,
  temporary: string,
  name: string,
  isThere: boolean,
): Promise<void> {
  const renamed = (from: string, to: string): Promise<void> =>
    say(`ALTER DATABASE ${quote(from)} RENAME TO ${quote(to)}`);
  if (!isThere) return renamed(temporary, name);
  const old = temporary.replace('restore', 'replaced');
  await renamed(name, old);
  try {
    await renamed(temporary, name);
  } catch (error) {
    await renamed(old, name);
    throw error;
  }
  await say(`DROP DATABASE ${quote(old)}`).catch((error: unknown) => {
    throw failure(name, `loaded; but what it replaces is there yet, as ${old}: ${reason(error)}`, 'drop it');
  });
}

/** Loads roles and tablespaces. Those that are there already get the settings of the dump; what else goes wrong is a loss. */
export async function restoreGlobals(
  stored: StoredDumps,
  dump: DumpRecord,
  server: PostgresqlServer,
  report: Report,
  ...passing: Transform[]
): Promise<void> {
  const stage = await client(server, anyPsql(), 'postgres', 0);
  const onMessage = (line: string): void => {
    const error = /ERROR: {2}(.*)/.exec(line)?.[1];
    if (error === undefined) return;
    if (/^role .* already exists$/.test(error)) report.detail('globals', error);
    else report.loss('globals', error);
  };
  await stored.open(dump, (plaintext) => load(plaintext, passing, { ...stage, onMessage }));
}

/** Has psql read a script, which comes as it is decrypted. */
function load(plaintext: Readable, passing: readonly Transform[], psql: Stage): Promise<void> {
  plaintext.removeAllListeners('readable'); // what keeps it for a late reader keeps it from flowing
  return runPipeline([psql], { input: (stdin) => pipeline([plaintext, ...passing, stdin]) }).then(() => {});
}

function client(
  server: PostgresqlServer,
  psql: string,
  database: string,
  stopOnError: 0 | 1 = 1,
): Promise<Stage> {
  const args = ['-X', '-q', '-w', '-v', `ON_ERROR_STOP=${stopOnError}`, '-d', server.database(database)];
  return server.stage(psql, 'psql', args);
}

async function exists(server: PostgresqlServer, psql: string, base: string, name: string): Promise<boolean> {
  const literal = `'${name.replaceAll("'", "''")}'`;
  const query = `SELECT to_json(EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = ${literal}));
`;
  return z.boolean().parse(await server.ask(psql, base, query));
}
