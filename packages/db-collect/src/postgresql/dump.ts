import { failure, usageError } from 'command-line';
import { escapePath, fromText, toText } from 'path-stream';
import * as z from 'zod/mini';
import { runDumpProgram, withHint } from '../dump-program.ts';
import type { Found, Item, Limits } from '../item.ts';
import { besideStem, stemOf } from '../names.ts';
import { type Doubt, type Source, titleOf } from '../source.ts';
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
    find: (limits) => findDatabases(server, limits),
  };
}

/** Those that initdb makes; others are somebody's. */
const ownTemplates = ['template0', 'template1'];

const uncreated: Doubt = [
  'its owner, encoding, settings and rights are not dumped: psql reads no script that creates a database with a newline in its name',
  'ALTER DATABASE … RENAME TO …',
];

const catalog = z.object({
  version: z.int(),
  /** Whether there are settings by ALTER ROLE ALL. */
  forAll: z.boolean(),
  databases: z.array(z.object({ name: z.string(), allowed: z.boolean(), valid: z.boolean() })),
});

/** A limit of -2 is what an interrupted DROP DATABASE leaves behind. */
const catalogQuery = `SET client_encoding = 'UTF8';
SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'forAll', EXISTS (SELECT FROM pg_catalog.pg_db_role_setting WHERE setdatabase = 0 AND setrole = 0),
  'databases', (SELECT json_agg(json_build_object('name', datname, 
    'allowed', datallowconn, 'valid', datconnlimit <> -2) ORDER BY datname) FROM pg_catalog.pg_database));
`;

/** All databases but initdb's templates, and what is beside them: roles and tablespaces. Of a URL with a name, only that database. */
async function findDatabases(server: PostgresqlServer, limits: Limits): Promise<Found> {
  const { url } = server;
  const wanted = url.path === undefined ? undefined : nameOf(url.path);
  const { version, forAll, databases } = catalog.parse(
    await server.ask(anyPsql(), wanted ?? 'postgres', catalogQuery, limits.timeout),
  );
  const major = majorOf(version);
  const programs = {
    dump: await programNotOlder('pg_dump', major),
    all: await programNotOlder('pg_dumpall', major),
  };
  const how = ['-w', `--lock-wait-timeout=${limits.timeout * 500}`]; // half: that it is a lock is told before that it is silent
  const database = (name: string): Source =>
    sourceOf(
      server,
      { name, kind: 'database', file: `${stemOf(server.name, fromText(name))}.sql` },
      programs.dump,
      [
        ...how,
        ...(dumpCreates(name) ? ['--create'] : []),
        ...['--quote-all-identifiers', '-d', server.database(name)],
      ],
      dumpCreates(name) ? [] : [uncreated],
    );
  if (wanted !== undefined) return { sources: [database(wanted)], missing: [], excluded: [] };
  const all = databases.filter(({ name }) => !ownTemplates.includes(name));
  const excluded = all.filter(({ name }) => limits.isExcluded(name, 'postgresql'));
  const globals = {
    name: 'globals',
    kind: 'globals',
    file: `${besideStem(server.name, 'globals')}.sql`,
  } as const;
  const sources = all
    .filter((one) => !excluded.includes(one))
    .map(({ name, allowed, valid }) => (allowed && valid ? database(name) : closed(database(name), valid)));
  return {
    sources: [
      sourceOf(
        server,
        globals,
        programs.all,
        [...how, '--globals-only', '-d', server.database('postgres')],
        forAll
          ? [
              [
                'settings of ALTER ROLE ALL are not in it: pg_dumpall leaves them out',
                'put them into postgresql.conf',
              ],
            ]
          : [],
      ),
      ...sources,
    ],
    missing: [],
    excluded: excluded.map(({ name }) => name),
  };
}

/** A database that lets nobody in. */
function closed(source: Source, valid: boolean): Source {
  const [why, hint] = valid
    ? [
        'it allows no connections, so it cannot be dumped',
        '--exclude it, or ALTER DATABASE … ALLOW_CONNECTIONS true',
      ]
    : ['it is what an interrupted DROP DATABASE has left', 'drop it'];
  return { ...source, dump: () => Promise.reject(failure(titleOf(source), why, hint)) };
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
function sourceOf(
  server: PostgresqlServer,
  names: Pick<Source, 'name' | 'kind' | 'file'>,
  program: string,
  args: readonly string[],
  doubts: readonly Doubt[] = [],
): Source {
  const called = names.kind === 'globals' ? 'pg_dumpall' : 'pg_dump';
  return {
    engine: 'postgresql',
    item: server.url.text,
    ...names,
    dump: async (pass) =>
      withHint(
        /permission denied|must be superuser|row-level security/,
        'dump as the owner of the server: a URL without a user',
        async () => ({ ...(await runDumpProgram(await server.stage(program, called, args), pass)), doubts }),
      ),
  };
}
