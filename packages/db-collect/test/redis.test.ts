import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, start, until } from 'test-kit';
import { type Redis, startRedis } from 'test-servers';
import { describe, expect, test } from 'vitest';
import { Workbench } from './workbench.ts';

function urlOf({ socket, passwordFile }: Redis, path = passwordFile): string {
  const file = path === undefined ? '' : `&password-file=${path}`;
  return `redis:///?socket=${socket}${file}`;
}

/** Has another server read the one dump of a directory, as its own file. */
async function load(bench: Workbench, name: string, server: Redis): Promise<void> {
  await server.kill('SIGTERM');
  const place = join(server.directory, 'data/dump.rdb');
  const { dumps } = await bench.record(name);
  const extract = ['--extract', ...bench.from(name), '-o', place, dumps[0]?.file ?? ''];
  expect(await bench.run(...extract)).toMatchObject({ code: 0 });
  expect(await run(['chown', 'redis:', place])).toMatchObject({ code: 0 });
  expect(await run(['redis-check-rdb', place])).toMatchObject({ code: 0 });
  await server.start();
}

describe.each(['yes', 'no'])('with repl-diskless-sync %s', (diskless) => {
  test('all that a server has is loaded into another one, and what has not changed is a link', async () => {
    const bench = new Workbench();
    const settings = { 'repl-diskless-sync': diskless };
    const [server, empty] = await Promise.all([startRedis({ settings }), startRedis()]);
    await server.fill();
    expect(await bench.run(...bench.into('monday'), urlOf(server))).toMatchObject({ code: 0, stderr: '' });
    await server.cli(['get', 'plain']);
    const tuesday = await bench.run('-v', ...bench.into('tuesday', 'monday'), urlOf(server));
    expect(tuesday).toMatchObject({ code: 0, stderr: expect.stringContaining(': unchanged') });
    const [file = ''] = bench.files('tuesday').filter((name) => name.startsWith('redis'));
    const inode = (name: string): number => statSync(join(bench.at(name), file)).ino;
    expect(inode('tuesday')).toBe(inode('monday'));
    await load(bench, 'tuesday', empty);
    expect(await empty.digest()).toBe(await server.digest());
    expect(await empty.cli(['function', 'list', 'withcode'])).toBe(
      await server.cli(['function', 'list', 'withcode']),
    );
    expect(await empty.cli(['pexpiretime', 'expires'])).toBe('4102444800123\n');
    await server.cli(['append', 'plain', '!']);
    expect(await bench.run(...bench.into('wednesday', 'tuesday'), urlOf(server))).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(inode('wednesday')).not.toBe(inode('tuesday'));
  });

  test('a server without a key is dumped, and is the same once more', async () => {
    const bench = new Workbench();
    const [server, other] = await Promise.all([
      startRedis({ settings: { 'repl-diskless-sync': diskless } }),
      startRedis(),
    ]);
    expect(await bench.run(...bench.into('monday'), urlOf(server))).toMatchObject({ code: 0, stderr: '' });
    const tuesday = await bench.run('-v', ...bench.into('tuesday', 'monday'), urlOf(server));
    expect(tuesday).toMatchObject({ code: 0, stderr: expect.stringContaining(': unchanged') });
    await other.fill();
    await load(bench, 'tuesday', other);
    expect(await other.digest()).toBe('0'.repeat(40));
  });
});

/** The command lines and environments of a process and of all that it has started. */
function shownBy(pid: number): { programs: string[]; text: string } {
  const read = (of: number, name: string): string => {
    try {
      return readFileSync(`/proc/${of}/${name}`, 'utf8');
    } catch {
      return ''; // it has gone
    }
  };
  const below = (of: number): number[] => {
    const threads = readdirOf(`/proc/${of}/task`);
    const children = threads.flatMap((thread) =>
      read(of, `task/${thread}/children`).split(' ').filter(Boolean).map(Number),
    );
    return [of, ...children.flatMap(below)];
  };
  const all = below(pid);
  return {
    programs: all.map((one) => read(one, 'comm').trim()),
    text: all.map((one) => `${read(one, 'cmdline')}${read(one, 'environ')}`).join(''),
  };
}

function readdirOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

test('a password is read from its file, and nobody sees it among the processes', async () => {
  const bench = new Workbench();
  const server = await startRedis({ password: true });
  await server.fill();
  const password = readFileSync(server.passwordFile ?? '', 'utf8').trim();
  server.signal('SIGSTOP'); // which holds redis-cli where it is
  const { child, ended } = start(bench.argv(...bench.into('monday'), urlOf(server)));
  await until(() => shownBy(child.pid ?? 0).programs.includes('redis-cli'));
  const { text } = shownBy(child.pid ?? 0);
  server.signal('SIGCONT');
  expect(text).toContain('--askpass');
  expect(text).not.toContain(password);
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.toString() + (await bench.open('monday', 'databases.json.zst.age'))).not.toContain(password);
});

type Refusal = readonly [url: string, said: RegExp];

/** What keeps a server from being dumped, and what is said of it. */
const refusals: Readonly<Record<string, (server: Redis, bench: Workbench) => Promise<Refusal> | Refusal>> = {
  'its password is another one': (server, bench) => {
    writeFileSync(bench.at('wrong'), 'wrong-secret\n', { mode: 0o600 });
    return [urlOf(server, bench.at('wrong')), /redis-cli.*(?:WRONGPASS|NOAUTH|AUTH failed)/];
  },
  'no password is given': (server) => [`redis:///?socket=${server.socket}`, /redis-cli.*NOAUTH/],
  'the file of its password is missing': (server, bench) => [
    urlOf(server, bench.at('none')),
    /none: no such file/i,
  ],
  'the file of its password is empty': (server, bench) => {
    writeFileSync(bench.at('void'), '', { mode: 0o600 });
    return [urlOf(server, bench.at('void')), /redis-cli.*(?:NOAUTH|AUTH|password)/];
  },
  'it is down': async (server) => {
    await server.kill('SIGTERM');
    return [urlOf(server), /redis-cli.*(?:No such file|Connection refused)/];
  },
  'it says nothing': (server) => {
    server.signal('SIGSTOP');
    return [urlOf(server), /nothing more came within 1 s, after 0 bytes/];
  },
};

test.each(Object.entries(refusals))('why is said, and nothing is left, where %s', async (_, spoil) => {
  const bench = new Workbench();
  const server = await startRedis({ password: true });
  const [url, said] = await spoil(server, bench);
  const ended = await bench.run('--timeout', '1', ...bench.into('monday'), url);
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(said) });
  expect(ended.stderr).not.toContain('wrong-secret');
  expect(bench.files('monday')).toEqual([]);
});

test('of a server that is down, the last dump is kept', async () => {
  const bench = new Workbench();
  const server = await startRedis();
  await server.fill();
  expect(await bench.run(...bench.into('monday'), urlOf(server))).toMatchObject({ code: 0 });
  await server.kill();
  expect(await bench.run(...bench.into('tuesday', 'monday'), urlOf(server))).toMatchObject({ code: 1 });
  expect((await bench.record('tuesday')).dumps).toMatchObject([{ status: 'kept' }]);
});

test('of a server that is killed in the midst of its dump, the last one is kept', async () => {
  const bench = new Workbench();
  const settings = { 'repl-diskless-sync': 'yes', rdbcompression: 'no' };
  const server = await startRedis({ settings });
  await server.fill();
  expect(await bench.run(...bench.into('monday'), urlOf(server))).toMatchObject({ code: 0 });
  await server.cli(['config', 'set', 'rdb-key-save-delay', '1000']); // so that it takes long
  await server.cli(['debug', 'populate', '20000', 'key', '100']);
  const { child, ended } = start(bench.argv(...bench.into('tuesday', 'monday'), urlOf(server)));
  const partial = (): string | undefined =>
    readdirOf(bench.at('tuesday')).find((name) => name.startsWith('.redis'));
  await until(() => {
    const name = partial();
    return name !== undefined && statSync(join(bench.at('tuesday'), name)).size > 0;
  });
  expect(child.exitCode).toBeNull();
  await server.kill();
  expect(await ended).toMatchObject({ code: 1, stderr: expect.stringContaining('redis-cli') });
  expect((await bench.record('tuesday')).dumps).toMatchObject([{ status: 'kept', item: urlOf(server) }]);
});

test('that there is no room for the pipe of a dump ends the run, and is named', async () => {
  const bench = new Workbench();
  const programs = bench.at('programs');
  mkdirSync(programs);
  const script = `#!/bin/sh\n[ ! -e "$0.once" ] || { echo 'no room' >&2; exit 1; }\n: >"$0.once"\nexec /usr/bin/mkfifo "$@"\n`;
  writeFileSync(join(programs, 'mkfifo'), script, { mode: 0o755 });
  const argv = bench.argv(...bench.into('monday'), '--timeout', '4', 'redis:///?socket=/nowhere');
  const ended = await run(argv, { env: { PATH: `${programs}:${process.env.PATH}` } });
  expect(ended).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('all: mkfifo: failed with exit code 1: no room'),
  });
});
