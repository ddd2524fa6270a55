import { chmodSync } from 'node:fs';
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
import { Workbench } from './workbench.ts';

test('a whole server with awkward content is loaded into an empty one, and is the same', async () => {
  const bench = new Workbench();
  const [server, empty] = await Promise.all([startPostgres(), startPostgres()]);
  await awkwardPostgres(server, { newlineDatabase: true });
  const before = await postgresState(server);
  // All is well, but for what no dump of a database with a newline in its name has.
  const run = await bench.run('-0', ...bench.into('monday'), server.url());
  expect(run.code).toBe(1);
  expect(run.stderr.match(/^db-collect: (?!hint).*/gm)).toEqual([
    expect.stringMatching(/tab\\tand\\nnewline: its owner, encoding, settings and rights are not dumped: /),
  ]);
  const { dumps } = await bench.record('monday');
  expect(dumps.filter(({ status }) => status !== 'ok')).toEqual([
    expect.objectContaining({ name: expect.stringContaining('\n'), status: 'doubtful' }),
  ]);
  // The same once more is links.
  const again = await bench.run('-0', '-v', ...bench.into('tuesday', 'monday'), server.url());
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

test('a materialized view that cannot be filled is named, and the rest of its database is there', async () => {
  const bench = new Workbench();
  const [server, empty] = await Promise.all([startPostgres(), startPostgres()]);
  await server.sql('CREATE DATABASE shop');
  // By the search_path that a dump has, the function finds no table.
  await server.sql(
    `CREATE TABLE parts AS SELECT generate_series(1, 3) AS n;
     CREATE FUNCTION parts_now() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM parts); END';
     CREATE MATERIALIZED VIEW "a; total" AS SELECT parts_now() AS n;
     CREATE MATERIALIZED VIEW sound AS SELECT 7 AS n`,
    'shop',
  );
  expect(await bench.run(...bench.into('monday'), server.url('shop'))).toMatchObject({ code: 0 });
  const restored = await bench.run('--restore', ...bench.from('monday'), '--into', empty.url(), 'shop');
  expect(restored.code).toBe(1);
  expect(restored.stderr).toMatch(
    /^db-collect: shop: the materialized view "public"\."a; total" has no rows: .*relation "parts" does not exist$/m,
  );
  expect(restored.stderr).toContain('all else is there');
  expect(await empty.sql('SELECT (SELECT count(*) FROM parts), (SELECT n FROM sound)', 'shop')).toBe('3|7\n');
  chmodSync(bench.directory, 0o711);
  const drill = await bench.run('--rehearse', ...bench.from('monday'), '--scratch', bench.directory);
  expect(drill).toMatchObject({ code: 1, stderr: expect.stringContaining('the materialized view') });
});

/** In megabytes: with --all, a gigabyte. */
const large = process.env.HCOOP_TEST_ALL ? 1000 : 30;

test(`a table of ${large} MB is dumped while somebody writes, and comes back row by row`, async () => {
  const bench = new Workbench();
  const [server, empty] = await Promise.all([startPostgres(), startPostgres()]);
  await server.sql(
    `CREATE TABLE rows AS SELECT i AS id, now() AS at, md5(i::text) AS noise, CASE WHEN i % 7 = 0 THEN NULL ELSE E'a\\tb\\n\\\\.' || i END AS text
     FROM generate_series(1, ${large * 11_000}) i`,
  );
  const writer = await startPostgresWriter(server);
  expect(await bench.run(...bench.into('monday'), server.url('postgres'))).toMatchObject({ code: 0 });
  expect((await writer.stop()).isConsistent).toBe(true);
  const { rows = {} } = await bench.dumpOf('monday', 'postgres');
  expect(rows['"public"."rows"']).toBe(large * 11_000);
  const restore = ['--restore', ...bench.from('monday'), '--into', empty.url(), '--as', 'copy', 'postgres'];
  expect(await bench.run(...restore)).toMatchObject({ code: 0 });
  const contentOf = (one: Postgres, database: string): Promise<string> =>
    one.sql(
      `COPY (SELECT * FROM rows ORDER BY id) TO PROGRAM 'sha256sum > ${one.directory}/sum'; SELECT pg_read_file('${one.directory}/sum')`,
      database,
    );
  expect(await contentOf(empty, 'copy')).toEqual(await contentOf(server, 'postgres'));
  expect((await postgresLedger(empty, 'copy')).isConsistent).toBe(true);
}, 900_000);

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
