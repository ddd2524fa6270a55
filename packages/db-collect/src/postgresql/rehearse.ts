import { appendFile, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Transform } from 'node:stream';
import { CommandError, failure, type Report, runPipeline, type Stage, withProgram } from 'command-line';
import * as z from 'zod/mini';
import { userNamed } from '../owner.ts';
import type { Rehearsal } from '../rehearse.ts';
import { rewriting } from '../rewriting.ts';
import type { StoredDumps } from '../stored.ts';
import { encodePart } from '../url.ts';
import { anyPsql, serverPrograms } from './programs.ts';
import { restoreGlobals, restorePostgresql } from './restore.ts';
import { PostgresqlServer } from './server.ts';
import { CopyTracker, quote } from './text.ts';

/** Nobody minds what becomes of it when this machine crashes. Tablespaces are inside, wherever they were on the host. */
const settings = `
listen_addresses = ''
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
allow_in_place_tablespaces = on
max_wal_size = 4GB
max_locks_per_transaction = 4096
`;

/** Starts a cluster of the newest version that is installed; as somebody who owns nothing, for what is loaded can run programs. */
export async function rehearsePostgresql(
  scratch: string,
  stored: StoredDumps,
  report: Report,
  use: (rehearsal: Rehearsal) => Promise<void>,
): Promise<void> {
  const programs = serverPrograms();
  if (programs === undefined)
    throw failure(
      'postgres',
      'no such program: databases of PostgreSQL cannot be loaded',
      'apt install postgresql',
    );
  const user = await userNamed('nobody');
  const data = join(scratch, 'data');
  await mkdir(data, { mode: 0o700 });
  if (user) await chown(data, user.uid, user.gid);
  const run = (program: string, ...args: string[]): Stage => ({
    command: join(programs, program),
    name: program,
    args,
    cwd: '/',
    ...(user && { user }),
  });
  // Whoever comes into the directory is trusted: that is root, and the server.
  await runPipeline([
    run(
      'initdb',
      '-D',
      data,
      '--no-sync',
      '-U',
      'postgres',
      '-E',
      'UTF8',
      '--locale',
      'C.UTF-8',
      '-A',
      'trust',
    ),
  ]);
  await appendFile(join(data, 'postgresql.conf'), `${settings}unix_socket_directories = '${data}'\n`);
  const server = new PostgresqlServer(`postgresql://postgres@/?host=${encodePart(data)}`);
  const isReady = (line: string): boolean => line.includes('ready to accept connections');
  await withProgram(run('postgres', '-D', data), isReady, () =>
    use({
      load: async (dump) => {
        if (dump.kind === 'globals')
          return void (await restoreGlobals(stored, dump, server, report, inPlace()));
        const load = (): Promise<void> =>
          restorePostgresql(stored, dump, server, { name: dump.name, overwrite: true }, report);
        const hasRoles = stored.record.dumps.some(
          ({ kind, item }) => kind === 'globals' && item === dump.item,
        );
        await (hasRoles ? load() : withMissingRoles(server, load, report));
        return (tables) => countRows(server, dump.name, tables);
      },
    }),
  );
}

/** A database that is dumped alone has no roles with it: those that it asks for are made, one after the other. */
async function withMissingRoles(
  server: PostgresqlServer,
  load: () => Promise<void>,
  report: Report,
): Promise<void> {
  const made = new Set<string>();
  for (;;) {
    try {
      return await load();
    } catch (error) {
      const role = error instanceof CommandError && /role "(.+)" does not exist/.exec(error.why)?.[1];
      if (!role || made.has(role)) throw error;
      made.add(role);
      report.note(role, 'a role that is not among the dumps: made for the rehearsal');
      await server.ask(anyPsql(), 'postgres', `CREATE ROLE ${quote(role)};\nSELECT 'true';\n`);
    }
  }
}

/** Has tablespaces below the cluster's own directory: the ones of the host may be there, and in use. */
function inPlace(): Transform {
  return rewriting(new CopyTracker(), ['CREATE TABLESPACE '], (line) =>
    line.replace(/ LOCATION '(?:[^']|'')*';$/, " LOCATION '';"),
  );
}

/** So many tables are counted by one query. */
const atOnce = 200;

/**
 * The names are as SQL has them. A table that an extension has made is left out: it has rows of its own, before those of the dump come.
 */
async function countRows(
  server: PostgresqlServer,
  database: string,
  tables: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const counted = new Map<string, number>();
  for (let at = 0; at < tables.length; at += atOnce) {
    const values = tables.slice(at, at + atOnce).map((table) => {
      const literal = `'${table.replaceAll("'", "''")}'`;
      const isOfExtension = `EXISTS (SELECT FROM pg_catalog.pg_depend WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = ${literal}::regclass AND deptype = 'e')`;
      return `(${literal}, CASE WHEN ${isOfExtension} THEN -1 ELSE (SELECT count(*) FROM ONLY ${table}) END)`;
    });
    const query = `SET client_encoding = 'UTF8';\nSELECT json_object_agg(t, n) FROM (VALUES ${values.join(',\n')}) AS v (t, n);\n`;
    const found = z.record(z.string(), z.number()).parse(await server.ask(anyPsql(), database, query));
    for (const [table, rows] of Object.entries(found)) counted.set(table, rows);
  }
  return counted;
}
