import {
  awkwardPostgres,
  mainPostgresDatabase,
  otherPostgresDatabases,
  postgresDatabaseState,
  postgresLedger,
  postgresState,
  startPostgres,
  startPostgresWriter,
} from 'test-servers';
import { expect, test } from 'vitest';
import { Workbench } from './workbench.ts';

test('a whole server with awkward content is loaded into an empty one, and is the same', async () => {
  const bench = new Workbench();
  const [server, empty] = await Promise.all([startPostgres(), startPostgres()]);
  await awkwardPostgres(server, { newlineDatabase: true });
  const before = await postgresState(server);
  expect(await bench.run('-0', ...bench.into('monday'), server.url())).toMatchObject({ code: 0, stderr: '' });
  const { dumps } = await bench.record('monday');
  expect(dumps.map(({ status }) => status)).not.toContain('doubtful');
  // The same once more is links.
  const again = await bench.run('-0', '-v', ...bench.into('tuesday', 'monday'), server.url());
  expect(again).toMatchObject({ code: 0 });
  expect(again.stderr.match(/: unchanged$/gm)).toHaveLength(dumps.length);

  for (const { name, file } of dumps) {
    const over = name === 'postgres' ? ['--overwrite'] : [];
    const restore = ['--restore', ...bench.from('tuesday'), '--into', empty.url(), ...over, file];
    expect(await bench.run(...restore)).toMatchObject({ code: 0 });
  }
  expect(await postgresState(empty)).toEqual(before);
});

test('a database is loaded beside itself under another name, and the one that is there is left alone', async () => {
  const bench = new Workbench();
  const server = await startPostgres();
  await awkwardPostgres(server);
  expect(await bench.run('-0', ...bench.into('monday'), server.url())).toMatchObject({ code: 0 });
  const before = await postgresState(server);
  const name = mainPostgresDatabase;
  const restore = ['--restore', ...bench.from('monday')];
  const refused = await bench.run(...restore, name);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is such a database already'),
  });
  expect(await postgresState(server)).toEqual(before);
  const other = `co py "of" 'it' \\ %41`;
  expect(await bench.run(...restore, '--as', other, name)).toMatchObject({ code: 0 });
  expect(await postgresDatabaseState(server, other)).toEqual(await postgresDatabaseState(server, name));
  await server.sql(`DROP DATABASE "${other.replaceAll('"', '""')}"`);
  expect(await postgresState(server)).toEqual(before);
  expect(otherPostgresDatabases.length).toBeGreaterThan(3);
});

test('what is dumped while somebody writes is of one moment', async () => {
  const bench = new Workbench();
  const [server, empty] = await Promise.all([startPostgres(), startPostgres()]);
  const writer = await startPostgresWriter(server);
  const begun = await writer.ledger();
  expect(await bench.run(...bench.into('monday'), server.url('postgres'))).toMatchObject({ code: 0 });
  const ended = await writer.stop();
  expect(
    await bench.run('--restore', ...bench.from('monday'), '--into', empty.url(), '--as', 'copy', 'postgres'),
  ).toMatchObject({ code: 0 });
  const copy = await postgresLedger(empty, 'copy');
  expect(copy.isConsistent).toBe(true);
  expect(copy.moves).toBeGreaterThanOrEqual(begun.moves);
  expect(copy.moves).toBeLessThan(ended.moves);
  const { rows = {} } = await bench.dumpOf('monday', 'postgres');
  expect(rows['"public"."moves"']).toBe(copy.moves);
});
