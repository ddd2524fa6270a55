import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { processesWith, run, start } from 'test-kit';
import {
  awkwardPostgres,
  mainPostgresDatabase,
  otherPostgresDatabases,
  type Postgres,
  postgresDatabaseState,
  postgresLedger,
  postgresState,
  startPostgres,
  startPostgresWriter,
} from 'test-servers';
import { expect, test } from 'vitest';

/** Runs one of PostgreSQL's programs as the administrator. */
function as(server: Postgres, program: string, ...args: string[]): string[] {
  return [
    'setpriv',
    '--reuid',
    'postgres',
    '--regid',
    'postgres',
    '--init-groups',
    join(server.programs, program),
    ...args,
  ];
}

test('starts, stops, is killed and starts again, and nothing is left', async () => {
  const server = await startPostgres({ tcp: true });
  await server.sql('CREATE TABLE kept (id integer)');
  const first = server.pid;
  await server.shutDown();
  await expect(server.sql('SELECT 1')).rejects.toThrow('No such file or directory');
  await server.start();
  expect(server.pid).not.toBe(first);
  await server.kill();
  expect(processesWith(server.directory)).toEqual([]);
  await server.start();
  expect(await server.sql('SELECT count(*) FROM kept')).toBe('0\n');
  const tcp = [
    'psql',
    '-X',
    '-w',
    '-d',
    `postgresql://postgres@127.0.0.1:${server.port}/postgres`,
    '-c',
    'SELECT 1',
  ];
  expect(await run(tcp)).toMatchObject({ code: 2, stderr: expect.stringContaining('no password supplied') });
  await server.stop();
  expect(processesWith(server.directory)).toEqual([]);
  expect(existsSync(server.directory)).toBe(false);
});

test('awkward content is the same when it has been dumped and restored', async () => {
  const [server, other] = await Promise.all([startPostgres(), startPostgres()]);
  await awkwardPostgres(server);
  const original = await postgresState(server);
  const dump = async (program: string, ...args: string[]): Promise<Buffer> => {
    const ended = await run(as(server, program, ...args));
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    return ended.stdout;
  };
  const restore = async (input: Buffer): Promise<string> =>
    (await run(as(other, 'psql', '-X', '-q', '-o', '/dev/null', '-d', other.url('postgres')), { input }))
      .stderr;

  const globals = await dump('pg_dumpall', '--globals-only', '-d', server.url('postgres'));
  expect((await restore(globals)).trim()).toMatch(/^ERROR: {2}role "postgres" already exists$/);
  for (const name of [...otherPostgresDatabases, mainPostgresDatabase])
    expect(await restore(await dump('pg_dump', '-C', '-d', server.url(name)))).not.toContain('ERROR');
  expect(await postgresState(other)).toBe(original);

  await other.sql("UPDATE secrets SET who = 'x' WHERE id = 1", mainPostgresDatabase);
  expect(await postgresDatabaseState(other, mainPostgresDatabase)).not.toBe(
    await postgresDatabaseState(server, mainPostgresDatabase),
  );
});

test('a name with a newline is possible', async () => {
  const server = await startPostgres();
  await awkwardPostgres(server, { newlineDatabase: true });
  expect(await server.sql('SELECT name FROM here', 'tab\tand\nnewline')).toBe('tab\tand\nnewline\n');
});

test('a dump beside a writer is of one moment', async () => {
  const server = await startPostgres();
  const writer = await startPostgresWriter(server);
  const { stdout: input } = await run(as(server, 'pg_dump', '-d', server.url('postgres')));
  const atTheEnd = await writer.stop();
  expect(atTheEnd).toMatchObject({ isConsistent: true });

  await server.sql('CREATE DATABASE copy');
  expect(
    await run(as(server, 'psql', '-X', '-q', '-o', '/dev/null', '-d', server.url('copy')), { input }),
  ).toMatchObject({
    code: 0,
    stderr: '',
  });
  const copy = await postgresLedger(server, 'copy');
  expect(copy).toMatchObject({ isConsistent: true });
  expect(copy.moves).toBeLessThan(atTheEnd.moves);
});

test('clients are listed, and one that is left is an error', async () => {
  const server = await startPostgres({ untilStopped: true });
  const client = start(as(server, 'psql', '-X', '-d', server.url('postgres')), {
    input: 'SELECT pg_sleep(1000);',
  });
  await expect
    .poll(() => server.backends())
    .toMatchObject([{ application: 'psql', query: 'SELECT pg_sleep(1000);' }]);
  await expect(server.stop()).rejects.toThrow(
    /^left connected to the server:\n\d+ psql: SELECT pg_sleep\(1000\);$/,
  );
  expect(await client.ended).toMatchObject({ code: 2 });
  expect(existsSync(server.directory)).toBe(false);
});
