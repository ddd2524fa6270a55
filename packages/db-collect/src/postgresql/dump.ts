import { type Report, usageError } from 'command-line';
import { escapePath, fromText, toText } from 'path-stream';
import * as z from 'zod/mini';
import { runDumpProgram } from '../dump-program.ts';
import type { Found, Item, Limits } from '../item.ts';
import { besideStem, stemOf } from '../names.ts';
import type { Kind, Source } from '../source.ts';
import { anyPsql, majorOf, programNotOlder } from './programs.ts';
import { PostgresqlServer } from './server.ts';
import { dumpCreates } from './text.ts';

/** A server of PostgreSQL, or one of its databases. */
export function postgresqlItem(text: string): Item {
  const server = new PostgresqlServer(text);
  return {
    text: server.url.text,
    engine: 'postgresql',
    covers: server.url.path === undefined ? server.addresses : [],
    find: (limits, report) => findDatabases(server, limits, report),
  };
}

const catalog = z.object({
  version: z.int(),
  databases: z.array(
    z.object({ name: z.string(), isTemplate: z.boolean(), allowed: z.boolean(), valid: z.boolean() }),
  ),
});

/** A limit of -2 is what an interrupted DROP DATABASE leaves behind. */
const catalogQuery = `SET client_encoding = 'UTF8';
SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'databases', (SELECT json_agg(json_build_object('name', datname, 'isTemplate', datistemplate,
    'allowed', datallowconn, 'valid', datconnlimit <> -2) ORDER BY datname) FROM pg_catalog.pg_database));
`;

/** All databases but templates, and what is beside them: roles and tablespaces. Of a URL with a name, only that database. */
async function findDatabases(server: PostgresqlServer, limits: Limits, report: Report): Promise<Found> {
  const { url } = server;
  const wanted = url.path === undefined ? undefined : nameOf(url.path);
  const { version, databases } = catalog.parse(
    await server.ask(anyPsql(), wanted ?? 'postgres', catalogQuery),
  );
  const major = majorOf(version);
  const options = { lockWait: limits.timeout * 1000 };
  const source = (name: string, kind: Kind): Source => dumpOf(server, name, kind, major, options);
  if (wanted !== undefined) return { sources: [source(wanted, 'database')], missing: [], excluded: [] };
  const all = databases.filter(({ isTemplate }) => !isTemplate);
  const excluded = all.filter(({ name }) => limits.isExcluded(name, 'postgresql'));
  const closed = all.filter((one) => !(one.allowed && one.valid) && !excluded.includes(one));
  for (const { name, valid } of closed)
    report.loss(
      `${url.text}: ${name}`,
      valid
        ? 'allows no connections, so it cannot be dumped'
        : 'is what an interrupted DROP DATABASE has left',
      valid ? '--exclude it, or ALTER DATABASE … ALLOW_CONNECTIONS true' : 'drop it',
    );
  const open = all.filter((one) => !closed.includes(one) && !excluded.includes(one));
  return {
    sources: [source('globals', 'globals'), ...open.map(({ name }) => source(name, 'database'))],
    missing: closed.map(({ name }) => name),
    excluded: excluded.map(({ name }) => name),
  };
}

function nameOf(path: string): string {
  const text = toText(path);
  if (text === undefined)
    throw usageError(escapePath(path), 'not valid UTF-8, as the names of databases are');
  return text;
}

/**
 * One dump, as text, for psql: it ends with a line that nothing else ends with, no version is too new to read it, and it is the same
 * when nothing has changed. It creates the database, with its settings and rights (pg_dump(1), --create).
 */
function dumpOf(
  server: PostgresqlServer,
  name: string,
  kind: Kind,
  major: number,
  { lockWait }: { lockWait: number },
): Source {
  const isDatabase = kind === 'database';
  const args = isDatabase
    ? [
        '-w',
        ...(dumpCreates(name) ? ['--create'] : []),
        '--quote-all-identifiers',
        `--lock-wait-timeout=${lockWait}`,
        '-d',
        server.database(name),
      ]
    : ['-w', '--globals-only', `--lock-wait-timeout=${lockWait}`, '-d', server.database('postgres')];
  const stem = isDatabase ? stemOf(server.name, fromText(name)) : besideStem(server.name, name);
  const program = isDatabase ? 'pg_dump' : 'pg_dumpall';
  return {
    engine: 'postgresql',
    item: server.url.text,
    name,
    kind,
    file: `${stem}.sql`,
    dump: async (pass) => {
      const stage = await server.stage(await programNotOlder(program, major), program, args);
      return runDumpProgram(stage, pass);
    },
  };
}
