import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { start, temporaryDirectory } from 'test-kit';
import { startMariadb, startPostgres, startRedis, startSlapd } from 'test-servers';
import { expect, onTestFinished, test } from 'vitest';
import { Workbench } from './workbench.ts';

const bench = (): Workbench => new Workbench();

/** What --discover writes: of all servers that run here, others' as well. */
async function discover(...args: string[]): Promise<string[]> {
  const ended = await bench().run('-0', '--discover', ...args);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return ended.stdout.toString().split('\0').slice(0, -1);
}

/** The URLs that have a text in them. */
const of = (urls: readonly string[], text: string): string[] => urls.filter((url) => url.includes(text));

test('each server that runs is listed once, as a URL that works as an item, and covers it', async () => {
  const [postgres, mariadb, redis, slapd] = await Promise.all([
    startPostgres(),
    startMariadb(),
    startRedis(),
    startSlapd(),
  ]);
  const servers: readonly (readonly [engine: string, place: string])[] = [
    ['postgresql', postgres.socketDirectory],
    ['mariadb', mariadb.socket],
    ['redis', redis.socket],
    ['ldap', slapd.configDirectory],
  ];
  const listed = await discover();
  expect(listed.filter((url) => url.includes('undefined'))).toEqual([]);
  const urls = servers.map(([engine, place]) => {
    const [url, ...more] = of(listed, place);
    expect(more).toEqual([]);
    expect(url).toMatch(new RegExp(`^${engine}://`));
    return url ?? 'none';
  });
  await Promise.all([redis.fill(), slapd.fill()]);
  const dumping = new Workbench();
  const dumped = await dumping.run('-0', ...dumping.into('monday'), ...urls);
  expect(dumped).toMatchObject({ code: 0, stderr: '' });
  expect(new Set((await dumping.record('monday')).dumps.map(({ item }) => item))).toEqual(new Set(urls));

  const left = await discover(...urls);
  for (const [, place] of servers) expect(of(left, place)).toEqual([]);
  for (const url of urls) {
    const others = await discover(url);
    expect(of(others, url)).toEqual([]);
    for (const other of urls) if (other !== url) expect(others).toContain(other);
  }
  // One of its databases alone is not all that it has.
  expect(await discover(postgres.url('postgres'))).toContain(urls[0]);
  expect(await discover(postgres.url())).not.toContain(urls[0]);
  expect(await discover(mariadb.url('mysql'))).toContain(urls[1]);

  const without = await discover(
    '--exclude',
    'mariadb:*',
    '--exclude',
    `redis:///?socket=${redis.socket}`,
    '--exclude',
    'ldap:**',
  );
  expect(of(without, mariadb.socket)).toEqual([]);
  expect(of(without, redis.socket)).toEqual([]);
  expect(of(without, slapd.configDirectory)).toEqual([]);
  expect(without).toContain(urls[0]);
});

test('a server that listens at a port is found by it, in whatever way that is said', async () => {
  const [postgres, mariadb, redis] = await Promise.all([
    startPostgres({ tcp: true }),
    startMariadb({ tcp: true }),
    startRedis({ port: true }),
  ]);
  const listed = await discover();
  expect(listed).toContain(`redis://localhost:${redis.port}`);
  const ways: readonly (readonly [url: string, place: string])[] = [
    [`redis://127.0.0.1:${redis.port}`, `:${redis.port}`],
    [`redis://:${redis.port}`, `:${redis.port}`],
    [`redis:///?socket=${redis.socket}`, `:${redis.port}`],
    [`mariadb://127.0.0.1:${mariadb.port}/`, mariadb.socket],
    [`postgresql://localhost:${postgres.port}/`, postgres.socketDirectory],
    [`postgresql:///?host=127.0.0.1&port=${postgres.port}`, postgres.socketDirectory],
    [
      `postgresql://${encodeURIComponent(postgres.socketDirectory)}:${postgres.port}/`,
      postgres.socketDirectory,
    ],
  ];
  for (const [url, place] of ways) {
    expect(of(listed, place)).toHaveLength(1);
    expect(of(await discover(url), place), url).toEqual([]);
  }
  expect(of(await discover(`redis://elsewhere.example:${redis.port}`), `:${redis.port}`)).toHaveLength(1);
  expect(of(await discover(`redis://localhost:${redis.port + 1}`), `:${redis.port}`)).toHaveLength(1);
});

/** A process that calls itself by a name, and listens at a socket. */
async function listener(name: string): Promise<{ socket: string; child: ChildProcess }> {
  const socket = join(temporaryDirectory(), 'socket');
  const script =
    '$0 = shift; socket(S, 1, 1, 0) and bind(S, pack("Sa*", 1, shift)) and listen(S, 5) or die; $| = 1; print "up"; <STDIN>';
  const { child, ended } = start(['perl', '-e', script, name, socket], { keepOpen: true });
  const up = new Promise((resolve) => child.stdout?.once('data', resolve));
  onTestFinished(async () => {
    child.stdin?.end();
    await ended;
  });
  await up;
  return { socket, child };
}

test('a program is no server for being called as something odd', async () => {
  const sockets = await Promise.all(['constructor', 'toString', '__proto__', 'postgres_x'].map(listener));
  const listed = await discover();
  for (const { socket } of sockets) expect(of(listed, socket)).toEqual([]);
  expect(listed.every((url) => /^[a-z]+:\/\//.test(url))).toBe(true);
});

test('what no item is about, and is not of this kind, is no error', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'dumps'));
  const redis = await startRedis();
  expect(of(await discover(join(directory, 'dumps'), 'sqlite:///no/such/file'), redis.socket)).toHaveLength(
    1,
  );
  const refused = await bench().run('--discover', 'nonsense://');
  expect(refused).toMatchObject({ code: 64, stderr: expect.stringContaining('no kind of database') });
});
