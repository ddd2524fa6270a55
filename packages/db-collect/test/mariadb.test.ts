import {
  awkwardMariadb,
  eventfulMariadbDatabase,
  mainMariadbDatabase,
  mariadbDatabaseState,
  mariadbLedger,
  mariadbState,
  startMariadb,
  startMariadbWriter,
} from 'test-servers';
import { expect, test } from 'vitest';
import { Workbench } from './workbench.ts';

test('a whole server with awkward content is loaded into an empty one, and is the same', async () => {
  const bench = new Workbench();
  const [server, empty] = await Promise.all([startMariadb(), startMariadb()]);
  await awkwardMariadb(server);
  const before = await mariadbState(server);
  const monday = await bench.run('-0', ...bench.into('monday'), server.url());
  expect(monday).toMatchObject({ code: 0, stderr: expect.stringContaining('not held still') });
  const { dumps } = await bench.record('monday');
  expect(dumps.map(({ status }) => status)).not.toContain('doubtful');
  const again = await bench.run('-0', '-v', ...bench.into('tuesday', 'monday'), server.url());
  expect(again.stderr.match(/: unchanged$/gm)).toHaveLength(dumps.length);

  for (const { file } of dumps) {
    const restore = ['--restore', ...bench.from('tuesday'), '--into', empty.url(), file];
    expect(await bench.run(...restore)).toMatchObject({ code: 0 });
  }
  expect(await mariadbState(empty)).toEqual(before);
});

test('a database is loaded beside itself under another name, and the one that is there is left alone', async () => {
  const bench = new Workbench();
  const server = await startMariadb();
  await awkwardMariadb(server);
  expect(await bench.run('-0', ...bench.into('monday'), server.url())).toMatchObject({ code: 0 });
  const before = await mariadbState(server);
  const restore = ['--restore', ...bench.from('monday')];
  const refused = await bench.run(...restore, mainMariadbDatabase);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is such a database already'),
  });
  const other = 'co py `of` \'it\' "x" \\ %41';
  expect(await bench.run(...restore, '--as', other, mainMariadbDatabase)).toMatchObject({ code: 0 });
  // The events of a copy would do what those of the original do.
  const original = await mariadbDatabaseState(server, mainMariadbDatabase);
  expect(await mariadbDatabaseState(server, other)).toEqual(
    original.replace(/^(event\t.*\t)ENABLED\t/gm, '$1DISABLED\t'),
  );
  await server.sql(`DROP DATABASE \`${other.replaceAll('`', '``')}\``);
  expect(await mariadbState(server)).toEqual(before);
});

test('events that mariadb-dump cannot dump are named, and the rest of their database is dumped', async () => {
  const bench = new Workbench();
  const server = await startMariadb();
  await awkwardMariadb(server, { eventfulDatabase: true });
  const ended = await bench.run('-0', ...bench.into('monday'), server.url());
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('its events are not dumped') });
  expect(await bench.dumpOf('monday', eventfulMariadbDatabase)).toMatchObject({ status: 'doubtful' });
});

test('what is dumped while somebody writes is of one moment', async () => {
  const bench = new Workbench();
  const [server, empty] = await Promise.all([startMariadb(), startMariadb()]);
  const writer = await startMariadbWriter(server);
  const begun = await writer.ledger();
  expect(await bench.run(...bench.into('monday'), server.url('ledger'))).toMatchObject({ code: 0 });
  const ended = await writer.stop();
  const restore = ['--restore', ...bench.from('monday'), '--into', empty.url(), '--as', 'copy', 'ledger'];
  expect(await bench.run(...restore)).toMatchObject({ code: 0 });
  const copy = await mariadbLedger(empty, 'copy');
  expect(copy.isConsistent).toBe(true);
  expect(copy.moves).toBeGreaterThanOrEqual(begun.moves);
  expect(copy.moves).toBeLessThan(ended.moves);
  const { rows = {} } = await bench.dumpOf('monday', 'ledger');
  expect(rows['`moves`']).toBe(copy.moves);
});
