import { existsSync } from 'node:fs';
import { type Ended, processesWith, run, start } from 'test-kit';
import {
  awkwardMariadb,
  eventfulMariadbDatabase,
  type Mariadb,
  mainMariadbDatabase,
  mariadbDatabaseState,
  mariadbLedger,
  mariadbState,
  otherMariadbDatabases,
  startMariadb,
  startMariadbWriter,
} from 'test-servers';
import { expect, test } from 'vitest';

/** Runs one of MariaDB's programs as the administrator. */
function as(server: Mariadb, program: string, ...args: string[]): string[] {
  return [program, '--no-defaults', `--socket=${server.socket}`, ...args];
}

const whole = [
  '--single-transaction',
  '--quick',
  '--routines',
  '--events',
  '--triggers',
  '--hex-blob',
  '--skip-dump-date',
];

async function restore(server: Mariadb, { code, stdout, stderr }: Ended): Promise<void> {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(await run(as(server, 'mariadb'), { input: stdout })).toMatchObject({ code: 0, stderr: '' });
}

test('starts, stops, is killed and starts again, and nothing is left', async () => {
  const server = await startMariadb({ tcp: true, events: true });
  await server.sql('CREATE DATABASE kept; CREATE TABLE kept.kept (id int)');
  const first = server.pid;
  await server.shutDown();
  await expect(server.sql('SELECT 1')).rejects.toThrow("Can't connect to local server");
  await server.start();
  expect(server.pid).not.toBe(first);
  await server.kill();
  expect(processesWith(server.directory)).toEqual([]);
  await server.start();
  expect(await server.sql('SELECT COUNT(*) FROM kept', 'kept')).toBe('0\n');
  const tcp = ['mariadb', '--no-defaults', '--protocol=tcp', '--host=127.0.0.1', `--port=${server.port}`];
  expect(await run(tcp)).toMatchObject({ code: 1, stderr: expect.stringContaining('Access denied') });
  await server.stop();
  expect(processesWith(server.directory)).toEqual([]);
  expect(existsSync(server.directory)).toBe(false);
});

test('awkward content is the same when it has been dumped and restored', async () => {
  const [server, other] = await Promise.all([startMariadb(), startMariadb()]);
  await awkwardMariadb(server);
  const original = await mariadbState(server);
  const databases = [...otherMariadbDatabases, mainMariadbDatabase];
  await restore(other, await run(as(server, 'mariadb-dump', ...whole, '--databases', '--', ...databases)));
  await restore(
    other,
    await run(as(server, 'mariadb-dump', '--skip-dump-date', '--system=users', '--insert-ignore')),
  );
  expect(await mariadbState(other)).toBe(original);

  await other.sql('UPDATE mine SET t = NULL LIMIT 1', mainMariadbDatabase);
  expect(await mariadbDatabaseState(other, mainMariadbDatabase)).not.toBe(
    await mariadbDatabaseState(server, mainMariadbDatabase),
  );
});

test('what cannot be read, or not be dumped', async () => {
  const server = await startMariadb();
  await awkwardMariadb(server, { brokenView: true, eventfulDatabase: true });
  await expect(server.sql('SELECT * FROM broken', mainMariadbDatabase)).rejects.toThrow('ERROR 1449');
  expect(
    await run(as(server, 'mariadb-dump', ...whole, '--databases', eventfulMariadbDatabase)),
  ).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('1049: "Unknown database'),
  });
});

test('a dump beside a writer is of one moment', async () => {
  const [server, other] = await Promise.all([startMariadb(), startMariadb()]);
  const writer = await startMariadbWriter(server);
  const dumped = await run(as(server, 'mariadb-dump', ...whole, '--databases', 'ledger'));
  const atTheEnd = await writer.stop();
  expect(atTheEnd).toMatchObject({ isConsistent: true });

  await restore(other, dumped);
  const copy = await mariadbLedger(other);
  expect(copy).toMatchObject({ isConsistent: true });
  expect(copy.moves).toBeLessThan(atTheEnd.moves);
});

test('clients are listed, killed, and one that is left is an error', async () => {
  const server = await startMariadb({ untilStopped: true });
  const sleeping = (): ReturnType<typeof start> => start(as(server, 'mariadb'), { input: 'DO SLEEP(1000)' });
  const killed = sleeping();
  await expect
    .poll(() => server.connections())
    .toMatchObject([{ command: 'Query', query: 'DO SLEEP(1000)' }]);
  for (const { id } of await server.connections()) await server.killConnection(id);
  expect(await killed.ended).toMatchObject({ code: 1 });
  const left = sleeping();
  await expect.poll(() => server.connections()).toMatchObject([{ query: 'DO SLEEP(1000)' }]);
  await expect(server.stop()).rejects.toThrow(
    /^left connected to the server:\n\d+ root Query: DO SLEEP\(1000\)$/,
  );
  expect(await left.ended).toMatchObject({ code: 1 });
  expect(existsSync(server.directory)).toBe(false);
});
