import { chmodSync } from 'node:fs';
import { makeSqlite, startPostgres, startRedis, startSlapd } from 'test-servers';
import { expect, test } from 'vitest';
import { Workbench } from './workbench.ts';

test('dumps of SQLite, slapd and Redis are loaded, and what is in them is counted', async () => {
  const bench = new Workbench();
  const [slapd, redis] = await Promise.all([startSlapd(), startRedis()]);
  await slapd.fill();
  await redis.fill();
  const file = bench.at('app.db');
  await makeSqlite(file, { wal: true });
  const items = [
    `ldap:///?config=${slapd.configDirectory}`,
    `redis:///?socket=${redis.socket}`,
    `sqlite://${file}`,
  ];
  expect(await bench.run(...bench.into('monday'), ...items)).toMatchObject({ code: 0, stderr: '' });
  chmodSync(bench.directory, 0o711); // the programs of a rehearsal have a user of their own
  const rehearsed = await bench.run(
    '--rehearse',
    '-v',
    ...bench.from('monday'),
    '--scratch',
    bench.directory,
  );
  expect(rehearsed.code, rehearsed.stderr).toBe(0);
  expect(rehearsed.stderr.match(/: \d+ tables, each with its rows$/gm)).toHaveLength(3); // the configuration's entries are not counted
});

test('a database that is dumped alone is loaded without its roles, which are named', async () => {
  const bench = new Workbench();
  chmodSync(bench.directory, 0o711);
  const server = await startPostgres();
  await server.sql('CREATE ROLE bob; CREATE ROLE "a b"; CREATE DATABASE alone OWNER bob');
  await server.sql('CREATE TABLE t AS SELECT 1 AS i; GRANT SELECT ON t TO "a b"', 'alone');
  expect(await bench.run(...bench.into('monday'), server.url('alone'))).toMatchObject({ code: 0 });
  const rehearsed = await bench.run('--rehearse', ...bench.from('monday'), '--scratch', bench.directory);
  expect(rehearsed).toMatchObject({
    code: 0,
    stderr:
      'db-collect: bob: a role that is not among the dumps: made for the rehearsal\ndb-collect: a b: a role that is not among the dumps: made for the rehearsal\n',
  });
});
