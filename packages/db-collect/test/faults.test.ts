import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { type Ended, keyPair } from 'test-kit';
import { type Postgres, startPostgres } from 'test-servers';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { FaultyBench, hold, otherPrograms, processesOf, signalProgram, startGroup } from './faulty.ts';

const rows = (count: number): string => `SELECT i, md5(i::text) FROM generate_series(1, ${count}) i`;

/** What a client says before it says why it could not connect. */
const notReached = 'error: connection to server on socket "SOCKET" failed';

describe('faults of PostgreSQL', () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres({ tcp: true, untilStopped: true });
    for (const name of ['first', 'held', 'second']) {
      await server.sql(`CREATE DATABASE ${name}`);
      await server.sql(`CREATE TABLE early AS ${rows(1000)}`, name);
    }
    await server.sql(`CREATE TABLE late AS ${rows(100_000)}`, 'held'); // more than is on its way anywhere
    await server.sql(`CREATE ROLE reader LOGIN PASSWORD 'right' IN ROLE pg_read_all_data`);
    return server.stop;
  }, 60_000);

  const makeBench = (): FaultyBench =>
    new FaultyBench({
      [server.url()]: 'SERVER',
      [server.url('first')]: 'FIRST',
      [server.url('held')]: 'HELD',
      [`${server.socketDirectory}/.s.PGSQL.${server.port}`]: 'SOCKET',
      [`port ${server.port}`]: 'port PORT',
      [`127.0.0.1:${server.port}`]: 'ADDRESS',
    });

  /** A session that has locked a table of the database `held`: pg_dump waits for it before it has read anything. */
  const lock = (): Promise<() => Promise<void>> => {
    const user = ['setpriv', '--reuid', 'postgres', '--regid', 'postgres', '--init-groups'];
    const psql = [`${server.programs}/psql`, '-X', '-q', '-A', '-t', '-d', server.url('held')];
    return hold([...user, ...psql], `BEGIN; LOCK TABLE early IN ACCESS EXCLUSIVE MODE; SELECT 'held';\n`);
  };

  /** The backends of dumps that wait for something. */
  const waitingFor = async (what: string): Promise<number[]> =>
    JSON.parse(
      await server.sql(`SELECT coalesce(json_agg(pid), '[]') FROM pg_stat_activity
        WHERE '${what}' IN (wait_event_type, wait_event) AND application_name = 'pg_dump'`),
    ) as number[];

  async function backendThatWaitsFor(what: string): Promise<number> {
    let backend: number | undefined;
    const look = async (): Promise<boolean> => {
      [backend] = await waitingFor(what);
      return backend !== undefined;
    };
    await expect.poll(look, { timeout: 20_000, interval: 10 }).toBe(true);
    if (backend === undefined) throw new Error(`no dump waits for ${what}`);
    return backend;
  }

  /** No program of the command runs any more, and none is connected. */
  async function isOver(pid: number): Promise<void> {
    await expect.poll(() => processesOf(pid), { timeout: 10_000, interval: 10 }).toEqual([]);
    await expect.poll(() => server.backends(), { timeout: 10_000, interval: 10 }).toEqual([]);
  }

  interface Dumping {
    /** Of the command, and of its group. */
    readonly pid: number;
    /** Of the server. */
    readonly backend: number;
  }

  /** Dumps, and does something while a lock keeps the dump of `held` from beginning. */
  async function whileLocked(
    bench: FaultyBench,
    args: readonly string[],
    act: (dumping: Dumping & { letGo: () => Promise<void> }) => Promise<void> | void,
  ): Promise<Ended> {
    const letGo = await lock();
    const { pid, ended } = startGroup(bench.argv(...args));
    await act({ pid, letGo, backend: await backendThatWaitsFor('Lock') });
    const how = await ended;
    await letGo();
    if (how.signal === null) expect(processesOf(pid)).toEqual([]); // it has seen them end
    return how;
  }

  /** Dumps, and does something when the first megabyte of `held` has come, and the server waits for somebody to take the rest. */
  function inTheMidst(
    bench: FaultyBench,
    args: readonly string[],
    act: (dumping: Dumping) => Promise<void> | void,
  ): Promise<Ended> {
    return whileLocked(bench, args, async ({ pid, letGo }) => {
      signalProgram(pid, 'zstd', 'SIGSTOP');
      await letGo();
      await act({ pid, backend: await backendThatWaitsFor('ClientWrite') });
      signalProgram(pid, 'zstd', 'SIGCONT');
    });
  }

  /** The URL of a client that gives a password. */
  function asReader(bench: FaultyBench, password = 'right', mode = 0o600): string {
    const file = bench.at('passfile');
    writeFileSync(file, `127.0.0.1:*:*:*:${password}\n`);
    chmodSync(file, mode);
    return `postgresql://reader@127.0.0.1:${server.port}/?passfile=${encodeURIComponent(file)}`;
  }

  test('the server is down: the rest is done, and of the server, all that there was is kept', async () => {
    const bench = makeBench();
    const items = [server.url(), bench.sound];
    expect(await bench.run(...bench.into('monday'), ...items)).toMatchObject({ code: 0, stderr: '' });
    const before = bench.state('monday');
    await server.kill();
    const kept = await bench.run(...bench.into('tuesday', 'monday'), ...items);
    const rest = await bench.run(...bench.into('wednesday'), ...items);
    const alone = await bench.run(...bench.into('thursday'), server.url());
    await server.start();
    const message = `SERVER: psql: failed with exit code 2: psql: ${notReached}: Connection refused`;
    expect(kept.code).toBe(1);
    expect(bench.said(kept)).toEqual([message, 'SERVER: the last dumps are kept: 5']);
    expect((await bench.left('tuesday')).dumps).toEqual({
      ...{ globals: 'kept', first: 'kept', held: 'kept', postgres: 'kept', second: 'kept' },
      'BENCH/sound/file': 'ok',
    });
    expect(rest.code).toBe(1);
    expect(bench.said(rest)).toEqual([message]);
    expect(await bench.left('wednesday')).toEqual({
      dumps: { 'BENCH/sound/file': 'ok' },
      missing: ['SERVER'],
    });
    expect(alone.code).toBe(2);
    expect(bench.said(alone)).toEqual([
      message,
      'BENCH/thursday: nothing was dumped',
      'hint: see what is named above',
    ]);
    expect(bench.isEmpty('thursday')).toBe(true);
    expect(bench.state('monday')).toBe(before);
  });

  test('a backend is killed in the midst of its dump, and the server starts again', async () => {
    const bench = makeBench();
    const items = [server.url('first'), server.url('held'), bench.sound];
    expect(await bench.run(...bench.into('monday'), ...items)).toMatchObject({ code: 0 });
    const before = bench.state('monday');
    const args = [...bench.into('tuesday', 'monday'), ...items];
    const ended = await inTheMidst(bench, args, ({ backend }) => void process.kill(backend, 'SIGKILL'));
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      // Where it notices is a matter of luck.
      expect.stringMatching(
        /^HELD held: pg_dump: failed with exit code 1: pg_dump: .*(?:server closed the connection unexpectedly|crash of another server process)$/,
      ),
      'HELD held: the last dump is kept',
    ]);
    expect(await bench.left('tuesday')).toEqual({
      dumps: { first: 'ok', held: 'kept', 'BENCH/sound/file': 'ok' },
      missing: [],
    });
    expect(bench.state('monday')).toBe(before);
    await expect.poll(() => server.sql('SELECT 1').catch(String), { timeout: 20_000 }).toBe('1\n');
  });

  test('a client may not read one table, nor the passwords of roles', async () => {
    const bench = makeBench();
    await server.sql(`REVOKE pg_read_all_data FROM reader`);
    onTestFinished(async () => {
      await server.sql('GRANT pg_read_all_data TO reader');
      await server.sql('DROP TABLE secret; DROP OWNED BY reader', 'second');
    });
    for (const name of ['first', 'held'])
      await server.sql('GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader', name);
    await server.sql('GRANT SELECT ON early TO reader; CREATE TABLE secret ()', 'second');
    const url = asReader(bench);
    const ended = await bench.run(...bench.into('monday'), url);
    expect(ended.code).toBe(1);
    const named = (what: string): string => `${bench.shown(url)} ${what}`;
    expect(bench.said(ended)).toEqual([
      `${named('globals')}: pg_dumpall: failed with exit code 1: pg_dumpall: error: query failed: ERROR:  permission denied for table pg_authid`,
      'hint: dump as the owner of the server: a URL without a user',
      `${named('second')}: pg_dump: failed with exit code 1: pg_dump: error: query failed: ERROR:  permission denied for table secret`,
    ]);
    expect(await bench.left('monday')).toEqual({
      dumps: { first: 'ok', held: 'ok', postgres: 'ok' },
      missing: [named('globals'), named('second')],
    });
  });

  test('a wrong password, and one in a file that others may read', async () => {
    const bench = makeBench();
    const url = asReader(bench, 'wrong');
    const wrong = await bench.run(...bench.into('monday'), url);
    expect(wrong.code).toBe(2);
    const start = `${bench.shown(url)}: psql: failed with exit code 2: psql: error: connection to server at "127.0.0.1", port PORT failed`;
    const end = ['BENCH/monday: nothing was dumped', 'hint: see what is named above'];
    expect(bench.said(wrong)).toEqual([
      `${start}: FATAL:  password authentication failed for user "reader"`,
      ...end,
    ]);
    const open = await bench.run(...bench.into('monday'), asReader(bench, 'right', 0o644));
    expect(open.code).toBe(2);
    expect(bench.said(open)).toEqual([
      `${bench.shown(url)}: BENCH/passfile: others may read it, or write it`,
      'hint: chmod 600',
      ...end,
    ]);
    expect(bench.isEmpty('monday')).toBe(true);
  });

  test('a database has no connection left', async () => {
    const bench = makeBench();
    await server.sql('ALTER DATABASE second CONNECTION LIMIT 0');
    onTestFinished(async () => void (await server.sql('ALTER DATABASE second CONNECTION LIMIT -1')));
    const url = asReader(bench);
    const ended = await bench.run(...bench.into('monday'), url);
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      `${bench.shown(url)} second: pg_dump: failed with exit code 1: pg_dump: error: connection to server at "127.0.0.1", port PORT failed: FATAL:  too many connections for database "second"`,
    ]);
    expect((await bench.left('monday')).dumps).toEqual({
      ...{ globals: 'ok', first: 'ok', held: 'ok', postgres: 'ok' },
    });
  });

  test('a table is locked for longer than the time-out', async () => {
    const bench = makeBench();
    const args = [...bench.into('monday'), '--timeout', '2', server.url('held'), server.url('first')];
    const ended = await whileLocked(bench, args, () => {});
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      // Or that the server gave up waiting, as it was asked to: which of both is first is a matter of luck.
      expect.stringMatching(
        /^HELD held: (nothing more came within 2 s, after 0 bytes|pg_dump: .*canceling statement due to \w+ timeout)$/,
      ),
    ]);
    expect(await bench.left('monday')).toEqual({ dumps: { first: 'ok' }, missing: ['HELD held'] });
  });

  test('a backend falls silent in the midst of its dump', async () => {
    const bench = makeBench();
    const args = [...bench.into('monday'), '--timeout', '2', server.url('held'), server.url('first')];
    let goOn = (): void => {};
    let group = 0;
    const ended = await inTheMidst(bench, args, ({ backend, pid }) => {
      group = pid;
      process.kill(backend, 'SIGSTOP');
      goOn = () => void process.kill(backend, 'SIGCONT');
      onTestFinished(() => void spawnSync('kill', ['-CONT', String(backend)])); // if it is there yet
    });
    goOn();
    await isOver(group);
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      expect.stringMatching(/^HELD held: nothing more came within 2 s, after [1-9]\d* bytes$/),
    ]);
    expect(await bench.left('monday')).toEqual({ dumps: { first: 'ok' }, missing: ['HELD held'] });
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const)('%s in the midst of a dump', async (signal, code) => {
    const bench = makeBench();
    const items = [server.url('first'), server.url('held')];
    let group = 0;
    const ended = await inTheMidst(bench, [...bench.into('monday'), ...items], ({ pid }) => {
      group = pid;
      process.kill(pid, signal);
    });
    await isOver(group);
    expect(ended).toMatchObject(code === null ? { signal, stderr: '' } : { code });
    if (code !== null) expect(bench.said(ended)).toEqual([`interrupted: ${signal}`]);
    const whole = expect.stringMatching(/^postgresql-.*\.first\.sql\.zst\.age$/);
    const half = expect.stringMatching(/^\..*\.held\.sql\.zst\.age\.\w+\.partial$/);
    expect(bench.files('monday')).toEqual(code === null ? [half, whole] : [whole]);
    // What was left makes no difference to the next run.
    if (code === null) return;
    expect(await bench.run(...bench.into('monday'), ...items)).toMatchObject({ code: 0, stderr: '' });
    expect((await bench.left('monday')).dumps).toEqual({ first: 'ok', held: 'ok' });
  });

  test('SIGTERM while the receiver takes nothing', async () => {
    const bench = makeBench();
    execFileSync('mkfifo', [bench.at('never')]);
    writeFileSync(bench.at('receiver'), '#!/bin/sh\nexec cat "$1" > "$2"\n', { mode: 0o755 });
    const receiver = `${bench.at('receiver')} ${bench.at('never')} ${bench.at('received-{}')}`;
    const args = ['-d', bench.at('monday'), '-R', bench.keys.recipients, '--move-over', receiver];
    let group = 0;
    const how = await whileLocked(bench, [...args, server.url('held')], async ({ pid, letGo }) => {
      group = pid;
      await letGo();
      // All of the dump is on its way then.
      await expect.poll(() => server.backends(), { timeout: 20_000, interval: 10 }).toEqual([]);
      process.kill(pid, 'SIGTERM');
    });
    expect(how.code).toBe(143);
    expect(bench.said(how)).toEqual(['interrupted: SIGTERM']);
    await isOver(group);
    expect(bench.isEmpty('monday')).toBe(true);
  });

  test('a database is dropped after it was listed', async () => {
    const bench = makeBench();
    await server.sql('CREATE DATABASE zz');
    expect(await bench.run(...bench.into('monday'), server.url())).toMatchObject({ code: 0 });
    const before = bench.state('monday');
    const args = [...bench.into('tuesday', 'monday'), server.url()];
    const ended = await whileLocked(bench, args, async ({ letGo }) => {
      await server.sql('DROP DATABASE zz');
      await letGo();
    });
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      `SERVER zz: pg_dump: failed with exit code 1: pg_dump: ${notReached}: FATAL:  database "zz" does not exist`,
      'SERVER zz: the last dump is kept',
    ]);
    expect(await bench.left('tuesday')).toEqual({
      dumps: { globals: 'ok', first: 'ok', held: 'ok', postgres: 'ok', second: 'ok', zz: 'kept' },
      missing: [],
    });
    expect(bench.state('monday')).toBe(before);
    const after = await bench.run(...bench.into('wednesday', 'tuesday'), server.url());
    expect(after.code).toBe(0);
    expect(bench.said(after)).toEqual(['SERVER zz: in the last dumps, and not any more']);
  });

  test('no psql, or no pg_dump', async () => {
    const bench = makeBench();
    const args = (name: string): string[] => [...bench.into(name), server.url('first'), bench.sound];
    // Programs of a directory that is root's alone would not run as another user.
    const elsewhere = `${otherPrograms}
      mkdir "$BENCH/real"; mount --bind "$PROGRAMS" "$BENCH/real"; mount -t tmpfs none /usr/lib/postgresql
      mkdir /usr/lib/postgresql/bin`;
    const env = { PROGRAMS: server.programs };
    const neither = await bench.runWith(
      `${elsewhere}; programs /usr/lib/postgresql/bin`,
      env,
      ...args('monday'),
    );
    expect(neither.code).toBe(1);
    expect(bench.said(neither)).toEqual([
      'FIRST: psql: no such program',
      'hint: apt install postgresql-client',
    ]);
    expect(await bench.left('monday')).toEqual({ dumps: { 'BENCH/sound/file': 'ok' }, missing: ['FIRST'] });
    // Debian's psql is a script that looks for the real one.
    const script = await bench.runWith('mount -t tmpfs none /usr/lib/postgresql', {}, ...args('wednesday'));
    expect(script.code).toBe(1);
    expect(bench.said(script)).toEqual([
      'FIRST: psql: failed with exit code 1: Error: You must install at least one postgresql-client-<version> package',
    ]);
    const psql = `cp "$BENCH/real/psql" /usr/lib/postgresql/bin; programs /usr/lib/postgresql/bin`;
    const one = await bench.runWith(
      `${elsewhere.replace('mkdir "$BENCH/real";', '')}; ${psql}`,
      env,
      ...args('tuesday'),
    );
    expect(one.code).toBe(1);
    expect(bench.said(one)).toEqual([
      'FIRST: pg_dump: no such program',
      'hint: apt install postgresql-client',
    ]);
    expect(await bench.left('tuesday')).toEqual({
      dumps: { 'BENCH/sound/file': 'ok' },
      missing: ['FIRST'],
    });
  });

  test('only older programs are there: those of this version, in the place of version 13', async () => {
    const bench = makeBench();
    mkdirSync(bench.at('versions/13/bin'), { recursive: true });
    const older = `mount --bind "$PROGRAMS" "$BENCH/versions/13/bin"; mount --rbind "$BENCH/versions" /usr/lib/postgresql`;
    const env = { PROGRAMS: server.programs };
    const ended = await bench.runWith(older, env, ...bench.into('monday'), server.url(), bench.sound);
    expect(ended.code).toBe(1);
    const why = 'is of version 13, and the server of 15: an older one cannot dump it';
    expect(bench.said(ended)).toEqual([`SERVER: pg_dump: ${why}`, 'hint: apt install postgresql-client-15']);
    expect((await bench.left('monday')).dumps).toEqual({ 'BENCH/sound/file': 'ok' });
  });

  test('no room for a dump: that one is kept, and the others are there', async () => {
    const bench = makeBench();
    await server.sql('CREATE DATABASE big');
    onTestFinished(async () => void (await server.sql('DROP DATABASE big')));
    mkdirSync(bench.at('small'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'none', bench.at('small')]);
    onTestFinished(() => void execFileSync('umount', [bench.at('small')]));
    const items = ['first', 'big', 'second'].map((name) => server.url(name));
    expect(await bench.run(...bench.into('small/monday'), ...items)).toMatchObject({ code: 0 });
    const before = bench.state('small/monday');
    await server.sql(`CREATE TABLE big AS ${rows(40_000)}`, 'big');
    const ended = await bench.run(...bench.into('small/tuesday', 'small/monday'), ...items);
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      expect.stringMatching(
        / big: age: failed with exit code 1: age: error: write \/dev\/stdout: no space left on device$/,
      ),
      expect.stringMatching(/ big: the last dump is kept$/),
    ]);
    expect(await bench.left('small/tuesday')).toEqual({
      dumps: { first: 'ok', big: 'kept', second: 'ok' },
      missing: [],
    });
    expect(bench.state('small/monday')).toBe(before);
  });

  test('a database that allows no connections is named, and one that is excluded is no loss', async () => {
    const bench = makeBench();
    await server.sql('ALTER DATABASE first ALLOW_CONNECTIONS false');
    onTestFinished(async () => void (await server.sql('ALTER DATABASE first ALLOW_CONNECTIONS true')));
    const dumps = { globals: 'ok', held: 'ok', postgres: 'ok', second: 'ok' };
    const closed = await bench.run(...bench.into('monday'), server.url());
    expect(closed.code).toBe(1);
    expect(bench.said(closed)).toEqual([
      'SERVER first: it allows no connections, so it cannot be dumped',
      'hint: --exclude it, or ALTER DATABASE … ALLOW_CONNECTIONS true',
    ]);
    expect(await bench.left('monday')).toMatchObject({
      dumps,
      missing: ['SERVER first'],
    });
    const excluded = await bench.run(...bench.into('tuesday'), '--exclude', 'first', server.url());
    expect(excluded.code).toBe(0);
    expect(bench.said(excluded)).toEqual(['SERVER: excluded by their names: first']);
    expect(await bench.left('tuesday')).toEqual({ dumps, missing: [] });
    expect(await bench.record('tuesday')).toMatchObject({ excluded: ['first'] });
  });

  test('a database that allows no connections any more keeps its last dump', async () => {
    const bench = makeBench();
    expect(await bench.run(...bench.into('monday'), server.url())).toMatchObject({ code: 0 });
    await server.sql('ALTER DATABASE first ALLOW_CONNECTIONS false');
    onTestFinished(async () => void (await server.sql('ALTER DATABASE first ALLOW_CONNECTIONS true')));
    const ended = await bench.run(...bench.into('tuesday', 'monday'), server.url());
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      'SERVER first: it allows no connections, so it cannot be dumped',
      'hint: --exclude it, or ALTER DATABASE … ALLOW_CONNECTIONS true',
      'SERVER first: the last dump is kept',
    ]);
    expect(await bench.left('tuesday')).toMatchObject({
      dumps: { first: 'kept', second: 'ok' },
      missing: [],
    });
  });

  test('a dump of an interrupted run is in the way of one that is kept', async () => {
    const bench = makeBench();
    expect(await bench.run(...bench.into('monday'), server.url())).toMatchObject({ code: 0 });
    mkdirSync(bench.at('tuesday'));
    for (const file of bench.files('monday').filter((name) => name.includes('.first.')))
      execFileSync('cp', [bench.at(`monday/${file}`), bench.at('tuesday')]);
    await server.kill();
    const ended = await bench.run(...bench.into('tuesday', 'monday'), server.url());
    await server.start();
    expect(ended.code).toBe(1);
    expect((await bench.left('tuesday')).dumps).toMatchObject({ first: 'kept', second: 'kept' });
  });

  test('on another file system than the last dumps, nothing is linked, and all is stored', async () => {
    const bench = makeBench();
    expect(await bench.run(...bench.into('monday'), server.url())).toMatchObject({ code: 0 });
    mkdirSync(bench.at('other'));
    execFileSync('mount', ['-t', 'tmpfs', 'none', bench.at('other')]);
    onTestFinished(() => void execFileSync('umount', [bench.at('other')]));
    const ended = await bench.run(...bench.into('other/tuesday', 'monday'), server.url());
    expect(ended.code).toBe(0);
    expect(bench.said(ended)).toContainEqual(
      expect.stringMatching(
        /^SERVER first: unchanged, and stored once more: .*cross-device link not permitted/,
      ),
    );
    expect((await bench.left('other/tuesday')).dumps).toMatchObject({ first: 'ok', second: 'ok' });
  });

  test('names with a newline, line by line', async () => {
    const bench = makeBench();
    await server.sql('CREATE DATABASE "new\nline"');
    onTestFinished(async () => void (await server.sql('DROP DATABASE "new\nline"')));
    const list = await bench.run('--list', server.url());
    expect(list.code).toBe(1);
    expect(bench.said(list)).toEqual([
      'SERVER new\\nline: a newline in the name cannot go out line by line',
      'hint: use -0',
    ]);
    expect(list.stdout.toString().match(/(?<= ).*\n/g)).toEqual(
      ['globals', 'first', 'held', 'postgres', 'second'].map((name) => `${name}\n`),
    );
    // The names of files have none, but that of their directory may.
    const dumped = await bench.run(...bench.into('mon\nday'), server.url('first'));
    expect(dumped).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
    expect(bench.said(dumped)).toEqual([
      expect.stringMatching(/^BENCH\/mon\\nday\/postgresql-.*: a newline in the name cannot go out/),
      'hint: use -0',
      expect.stringMatching(
        /^BENCH\/mon\\nday\/databases\.json\.zst\.age: a newline in the name cannot go out/,
      ),
    ]);
    expect((await bench.left('mon\nday')).dumps).toEqual({ first: 'ok' });
  });

  test('a database that has shrunk to less than half is named, and its dump is there', async () => {
    const bench = makeBench();
    await server.sql('CREATE DATABASE shrinking');
    onTestFinished(async () => void (await server.sql('DROP DATABASE shrinking')));
    await server.sql(`CREATE TABLE rows AS ${rows(1000)}`, 'shrinking');
    const item = server.url('shrinking');
    expect(await bench.run(...bench.into('monday'), item)).toMatchObject({ code: 0, stderr: '' });
    const before = bench.state('monday');
    await server.sql('DELETE FROM rows WHERE i > 10', 'shrinking');
    const ended = await bench.run(...bench.into('tuesday', 'monday'), item);
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      expect.stringMatching(/ shrinking: has shrunk to less than half: \d+ bytes, \d+ the last time$/),
      'hint: the dump is whole: see whether somebody has deleted that much on purpose',
    ]);
    expect((await bench.left('tuesday')).dumps).toEqual({ shrinking: 'ok' });
    expect(await bench.dumpOf('tuesday', 'shrinking')).toMatchObject({ rows: { '"public"."rows"': 10 } });
    expect(bench.state('monday')).toBe(before);
    // Once it has been named, it is as it is.
    const after = await bench.run(...bench.into('wednesday', 'tuesday'), item);
    expect(after).toMatchObject({ code: 0, stderr: '' });
  });

  test('other recipients: nothing is linked, nor kept', async () => {
    const bench = makeBench();
    await server.sql('CREATE DATABASE zz');
    const items = [server.url('zz'), server.url('first')];
    expect(await bench.run(...bench.into('monday'), ...items)).toMatchObject({ code: 0 });
    const before = bench.state('monday');
    await server.sql('DROP DATABASE zz');
    mkdirSync(bench.at('other'));
    const other = keyPair(bench.at('other'));
    const reuse = ['--state', bench.at('state'), '--reuse', bench.at('monday')];
    const ended = await bench.run('-d', bench.at('tuesday'), '-R', other.recipients, ...reuse, ...items);
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      'BENCH/state: of other recipients, or of another key: no dump is a link of the last one',
      expect.stringMatching(/: FATAL: {2}database "zz" does not exist$/),
    ]);
    const opened = await bench.run('--check', '-i', other.identity, '-d', bench.at('tuesday'));
    expect(opened).toMatchObject({ code: 0, stderr: '' });
    expect(bench.files('tuesday')).toEqual([
      'databases.json.zst.age',
      expect.stringMatching(/\.first\.sql\.zst\.age$/),
    ]);
    expect(bench.state('monday')).toBe(before);
  });
});
