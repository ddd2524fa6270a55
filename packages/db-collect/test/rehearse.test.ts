import { chmodSync } from 'node:fs';
import { makeSqlite, startRedis, startSlapd } from 'test-servers';
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
