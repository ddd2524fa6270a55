import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type Ended, keyPair } from 'test-kit';
import { type Mariadb, startMariadb } from 'test-servers';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { FaultyBench, hold, otherPrograms, processesOf, startGroup } from './faulty.ts';

const rows = (count: number): string => `SELECT seq i, md5(seq) h FROM seq_1_to_${count}`;

describe('faults of MariaDB', () => {
  let server: Mariadb;
  beforeAll(async () => {
    server = await startMariadb({ tcp: true, untilStopped: true });
    for (const name of ['first', 'held', 'second'])
      await server.sql(`CREATE DATABASE ${name}; USE ${name}; CREATE TABLE early ${rows(1000)}`);
    await server.sql('CREATE TABLE late (i int)', 'held');
    return server.stop;
  }, 60_000);

  const makeBench = (): FaultyBench =>
    new FaultyBench({
      [server.url()]: 'SERVER',
      [server.url('first')]: 'FIRST',
      [server.url('held')]: 'HELD',
      [server.socket]: 'SOCKET',
      [`127.0.0.1:${server.port}`]: 'ADDRESS',
    });

  const isTold = 'mariadb: failed with exit code 1: ERROR';
  const dumpTold = 'mariadb-dump: failed with exit code 2: mariadb-dump:';

  /** The connections of dumps that wait for a lock. */
  const waiting = async (): Promise<number[]> => {
    const ids = `SELECT id FROM information_schema.processlist WHERE state = 'Waiting for table metadata lock'`;
    return (await server.sql(ids)).split('\n').slice(0, -1).map(Number);
  };

  interface Dumping {
    /** Of the command, and of its group. */
    readonly pid: number;
    /** Of the server. */
    readonly connection: number;
    readonly letGo: () => Promise<void>;
  }

  /** Dumps, and does something when the first table of `held` has come, and a lock keeps the next one from coming. */
  async function inTheMidst(
    bench: FaultyBench,
    args: readonly string[],
    act: (dumping: Dumping) => Promise<void> | void,
    afterwards: () => Promise<void> | void = () => {},
  ): Promise<Ended> {
    const client = ['mariadb', '--no-defaults', `--socket=${server.socket}`, '-N', '-B', '-n'];
    const letGo = await hold([...client, '--database=held'], "LOCK TABLES late WRITE; SELECT 'held';\n");
    const { pid, ended } = startGroup(bench.argv(...args));
    let connection: number | undefined;
    const look = async (): Promise<boolean> => {
      [connection] = await waiting();
      return connection !== undefined;
    };
    await expect.poll(look, { timeout: 20_000, interval: 10 }).toBe(true);
    if (connection === undefined) throw new Error('no dump waits');
    await act({ pid, connection, letGo });
    const how = await ended;
    await afterwards();
    await letGo();
    if (how.signal === null) expect(processesOf(pid)).toEqual([]); // it has seen them end
    await expect.poll(() => processesOf(pid), { timeout: 10_000, interval: 10 }).toEqual([]);
    await expect.poll(() => server.connections(), { timeout: 10_000, interval: 10 }).toEqual([]);
    return how;
  }

  /** A user with these rights, by a password, and the URL of a client that gives one. */
  async function asReader(bench: FaultyBench, rights: string, password = 'right'): Promise<string> {
    await server.sql(`CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'right'; ${rights}`);
    onTestFinished(async () => void (await server.sql(`DROP USER reader@'127.0.0.1'`)));
    const file = bench.at('extra');
    writeFileSync(file, `[client]\nuser=reader\npassword=${password}\n`, { mode: 0o600 });
    return `mariadb://127.0.0.1:${server.port}/?defaults-extra-file=${encodeURIComponent(file)}`;
  }

  const grant = (rights: string, what: string): string => `GRANT ${rights} ON ${what} TO reader@'127.0.0.1';`;
  const enough = 'SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE';

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
    const message = `SERVER: ${isTold} 2002 (HY000): Can't connect to local server through socket 'SOCKET' (111)`;
    expect(kept.code).toBe(1);
    expect(bench.said(kept)).toEqual([message, 'SERVER: the last dumps are kept: 4']);
    expect((await bench.left('tuesday')).dumps).toEqual({
      ...{ first: 'kept', held: 'kept', second: 'kept', globals: 'kept' },
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

  test.each([
    ['the connection', ({ connection }: Dumping) => server.killConnection(connection)],
    ['the server', () => server.kill().then(() => server.start())],
  ] as const)('%s is killed in the midst of a dump', async (_, kill) => {
    const bench = makeBench();
    const items = [server.url('first'), server.url('held'), bench.sound];
    expect(await bench.run(...bench.into('monday'), ...items)).toMatchObject({ code: 0 });
    const before = bench.state('monday');
    const ended = await inTheMidst(bench, [...bench.into('tuesday', 'monday'), ...items], kill);
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      expect.stringMatching(
        /^HELD held: mariadb-dump: failed with exit code 2: mariadb-dump: .*Lost connection to server during query \(2013\)$/,
      ),
      'HELD held: the last dump is kept',
    ]);
    expect(await bench.left('tuesday')).toEqual({
      dumps: { first: 'ok', held: 'kept', 'BENCH/sound/file': 'ok' },
      missing: [],
    });
    expect(bench.state('monday')).toBe(before);
  });

  test('a client may read only one table of a database, and not the users', async () => {
    const bench = makeBench();
    const url = await asReader(
      bench,
      grant(enough, 'first.*') + grant('EVENT', 'held.*') + grant('SELECT, TRIGGER', 'held.early'),
    );
    const ended = await bench.run(...bench.into('monday'), url);
    const named = (what: string): string => `${bench.shown(url)} ${what}`;
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      `${named('held')}: this client lacks SELECT, SHOW VIEW, TRIGGER, EXECUTE: what it may not see is not in the dump`,
      'hint: dump as root, by the socket',
      expect.stringMatching(/ globals: mariadb-dump: failed .* command denied to user 'reader'@/),
    ]);
    expect(await bench.left('monday')).toEqual({
      dumps: { first: 'ok', held: 'doubtful' },
      missing: [named('globals')],
    });
  });

  test('a client may not see the triggers, or the routines, which are left out without a word', async () => {
    const bench = makeBench();
    await server.sql('CREATE TRIGGER t BEFORE INSERT ON early FOR EACH ROW SET @a = 1', 'first');
    await server.sql('CREATE FUNCTION f() RETURNS int RETURN 1', 'second');
    onTestFinished(async () => {
      await server.sql('DROP TRIGGER first.t; DROP FUNCTION second.f');
    });
    const url = await asReader(
      bench,
      grant('SELECT, SHOW VIEW, EVENT, EXECUTE', 'first.*') +
        grant('SELECT, SHOW VIEW, EVENT, TRIGGER', 'second.*'),
    );
    const items = ['first', 'second'].map((name) => url.replace('/?', `/${name}?`));
    const ended = await bench.run(...bench.into('monday'), ...items);
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      expect.stringMatching(/ first: this client lacks TRIGGER: what it may not see is not in the dump$/),
      'hint: dump as root, by the socket',
      expect.stringMatching(/ second: this client lacks EXECUTE: what it may not see is not in the dump$/),
    ]);
    expect(await bench.left('monday')).toEqual({
      dumps: { first: 'doubtful', second: 'doubtful' },
      missing: [],
    });
    // And they are not in it.
    for (const { file } of (await bench.record('monday')).dumps)
      expect(await bench.open('monday', file)).not.toMatch(/TRIGGER `t`|FUNCTION `f`/);
  });

  test('the rights of others are not those of a client that may see them', async () => {
    const bench = makeBench();
    await server.sql('CREATE TRIGGER t BEFORE INSERT ON early FOR EACH ROW SET @a = 1', 'first');
    onTestFinished(async () => void (await server.sql('DROP TRIGGER first.t')));
    const url = await asReader(bench, grant('SELECT, SHOW VIEW, EVENT, EXECUTE', '*.*'));
    const ended = await bench.run(...bench.into('monday'), url);
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toContainEqual(
      expect.stringMatching(/ first: this client lacks TRIGGER: what it may not see is not in the dump$/),
    );
    expect((await bench.left('monday')).dumps).toMatchObject({ first: 'doubtful', globals: 'ok' });
  });

  test('a view of what is not there is left out, and named', async () => {
    const bench = makeBench();
    await server.sql(
      'CREATE TABLE gone (i int); CREATE VIEW `v w` AS SELECT * FROM gone; DROP TABLE gone',
      'first',
    );
    onTestFinished(async () => void (await server.sql('DROP VIEW first.`v w`')));
    const ended = await bench.run(...bench.into('monday'), server.url());
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      'SERVER first: its view v w is not dumped: it does not open',
      'hint: SHOW CREATE VIEW tells what it needs; drop it, or bring that back',
    ]);
    const { dumps } = await bench.left('monday');
    expect(dumps).toMatchObject({ first: 'doubtful', second: 'ok' });
  });

  test('a wrong password, and no connection left', async () => {
    const bench = makeBench();
    const end = ['BENCH/monday: nothing was dumped', 'hint: see what is named above'];
    const url = await asReader(bench, grant(enough, 'first.*'), 'wrong');
    const wrong = await bench.run(...bench.into('monday'), url);
    expect(wrong.code).toBe(2);
    expect(bench.said(wrong)).toEqual([
      `${bench.shown(url)}: ${isTold} 1045 (28000): Access denied for user 'reader'@'localhost' (using password: YES)`,
      ...end,
    ]);
    writeFileSync(bench.at('extra'), '[client]\nuser=reader\npassword=right\n');
    await server.sql(`ALTER USER reader@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1`);
    const client = ['mariadb', `--defaults-file=${bench.at('extra')}`, '--host=127.0.0.1'];
    const letGo = await hold([...client, `--port=${server.port}`, '-N', '-B', '-n'], "SELECT 'held';\n");
    const full = await bench.run(...bench.into('monday'), url);
    await letGo();
    expect(full.code).toBe(2);
    expect(bench.said(full)).toEqual([
      `${bench.shown(url)}: ${isTold} 1226 (42000): User 'reader' has exceeded the 'max_user_connections' resource (current value: 1)`,
      ...end,
    ]);
    expect(bench.isEmpty('monday')).toBe(true);
  });

  test('a table is locked for longer than the time-out', async () => {
    const bench = makeBench();
    const args = [...bench.into('monday'), '--timeout', '2', server.url()];
    const ended = await inTheMidst(bench, args, () => {});
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      expect.stringMatching(/^SERVER held: nothing more came within 2 s, after [1-9]\d* bytes$/),
    ]);
    expect(await bench.left('monday')).toEqual({
      dumps: { first: 'ok', second: 'ok', globals: 'ok' },
      missing: ['SERVER held'],
    });
  });

  test('the server falls silent in the midst of a dump', async () => {
    const bench = makeBench();
    const args = [...bench.into('monday'), '--timeout', '2', server.url('first'), server.url('held')];
    const signal = (name: 'SIGSTOP' | 'SIGCONT') => (): void => void process.kill(server.pid, name);
    onTestFinished(signal('SIGCONT'));
    const ended = await inTheMidst(bench, [...args, bench.sound], signal('SIGSTOP'), signal('SIGCONT'));
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      expect.stringMatching(/^HELD held: nothing more came within 2 s, after [1-9]\d* bytes$/),
    ]);
    expect(await bench.left('monday')).toEqual({
      dumps: { first: 'ok', 'BENCH/sound/file': 'ok' },
      missing: ['HELD held'],
    });
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const)('%s in the midst of a dump', async (signal, code) => {
    const bench = makeBench();
    const items = [server.url('first'), server.url('held')];
    const ended = await inTheMidst(bench, [...bench.into('monday'), ...items], ({ pid }) => {
      process.kill(pid, signal);
    });
    expect(ended).toMatchObject(code === null ? { signal, stderr: '' } : { code });
    if (code !== null) expect(bench.said(ended)).toEqual([`interrupted: ${signal}`]);
    const whole = expect.stringMatching(/^mariadb-.*\.first\.sql\.zst\.age$/);
    const half = expect.stringMatching(/^\..*\.held\.sql\.zst\.age\.\w+\.partial$/);
    expect(bench.files('monday')).toEqual(code === null ? [half, whole] : [whole]);
    // What was left makes no difference to the next run.
    if (code === null) return;
    expect(await bench.run(...bench.into('monday'), ...items)).toMatchObject({ code: 0, stderr: '' });
    expect((await bench.left('monday')).dumps).toEqual({ first: 'ok', held: 'ok' });
  });

  test('a database is dropped after it was listed', async () => {
    const bench = makeBench();
    await server.sql('CREATE DATABASE zz');
    expect(await bench.run(...bench.into('monday'), server.url())).toMatchObject({ code: 0 });
    const before = bench.state('monday');
    const args = [...bench.into('tuesday', 'monday'), server.url()];
    const ended = await inTheMidst(bench, args, async ({ letGo }) => {
      await server.sql('DROP DATABASE zz');
      await letGo();
    });
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      `SERVER zz: ${dumpTold} Got error: 1049: "Unknown database 'zz'" when selecting the database`,
      'SERVER zz: the last dump is kept',
    ]);
    expect((await bench.left('tuesday')).dumps).toEqual({
      ...{ first: 'ok', held: 'ok', second: 'ok', globals: 'ok', zz: 'kept' },
    });
    expect(bench.state('monday')).toBe(before);
    const after = await bench.run(...bench.into('wednesday', 'tuesday'), server.url());
    expect(after.code).toBe(0);
    expect(bench.said(after)).toEqual(['SERVER zz: in the last dumps, and not any more']);
  });

  test.each([
    ['mariadb', ['mariadb-dump']],
    ['mariadb-dump', ['mariadb']],
  ] as const)('no %s', async (program, others) => {
    const bench = makeBench();
    const path = `${otherPrograms}; mkdir "$BENCH/bin"; programs "$BENCH/bin" ${others.join(' ')}`;
    const args = [...bench.into('monday'), server.url('first'), bench.sound];
    const ended = await bench.runWith(path, {}, ...args);
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      `FIRST: ${program}: no such program`,
      'hint: apt install mariadb-client',
    ]);
    expect(await bench.left('monday')).toEqual({ dumps: { 'BENCH/sound/file': 'ok' }, missing: ['FIRST'] });
  });

  test('no room for a dump: that one is kept, and the others are there', async () => {
    const bench = makeBench();
    await server.sql('CREATE DATABASE big');
    onTestFinished(async () => void (await server.sql('DROP DATABASE big')));
    mkdirSync(bench.at('small'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'none', bench.at('small')]);
    onTestFinished(() => void execFileSync('umount', [bench.at('small')]));
    expect(await bench.run(...bench.into('small/monday'), server.url())).toMatchObject({ code: 0 });
    const before = bench.state('small/monday');
    await server.sql(`CREATE TABLE big ${rows(40_000)}`, 'big');
    const ended = await bench.run(...bench.into('small/tuesday', 'small/monday'), server.url());
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      'SERVER big: age: failed with exit code 1: age: error: write /dev/stdout: no space left on device',
      'SERVER big: the last dump is kept',
    ]);
    expect(await bench.left('small/tuesday')).toEqual({
      dumps: { big: 'kept', first: 'ok', held: 'ok', second: 'ok', globals: 'ok' },
      missing: [],
    });
    expect(bench.state('small/monday')).toBe(before);
  });

  test('a database that is not there, or is not to be seen', async () => {
    const bench = makeBench();
    const absent = await bench.run(...bench.into('monday'), server.url('absent'), bench.sound);
    expect(absent.code).toBe(1);
    expect(bench.said(absent)).toEqual([
      expect.stringMatching(/: absent: there is no such database, or this client may not see it$/),
    ]);
    expect((await bench.left('monday')).dumps).toEqual({ 'BENCH/sound/file': 'ok' });
  });

  test('names with a newline, line by line', async () => {
    const bench = makeBench();
    await server.sql('CREATE DATABASE `new\nline`');
    onTestFinished(async () => void (await server.sql('DROP DATABASE `new\nline`')));
    const list = await bench.run('--list', server.url());
    expect(list.code).toBe(1);
    expect(bench.said(list)).toEqual([
      'SERVER new\\nline: a newline in the name cannot go out line by line',
      'hint: use -0',
    ]);
    expect(list.stdout.toString().match(/(?<= ).*\n/g)).toEqual(
      ['first', 'held', 'second', 'globals'].map((name) => `${name}\n`),
    );
  });

  test('a database that has shrunk to less than half is named, and its dump is there', async () => {
    const bench = makeBench();
    await server.sql(`CREATE DATABASE shrinking; USE shrinking; CREATE TABLE t ${rows(1000)}`);
    onTestFinished(async () => void (await server.sql('DROP DATABASE shrinking')));
    const item = server.url('shrinking');
    expect(await bench.run(...bench.into('monday'), item)).toMatchObject({ code: 0, stderr: '' });
    const before = bench.state('monday');
    await server.sql('DELETE FROM t WHERE i > 10', 'shrinking');
    const ended = await bench.run(...bench.into('tuesday', 'monday'), item);
    expect(ended.code).toBe(1);
    expect(bench.said(ended)).toEqual([
      expect.stringMatching(/ shrinking: has shrunk to less than half: \d+ bytes, \d+ the last time$/),
      'hint: the dump is whole: see whether somebody has deleted that much on purpose',
    ]);
    expect(await bench.dumpOf('tuesday', 'shrinking')).toMatchObject({ status: 'ok', rows: { '`t`': 10 } });
    expect((await bench.left('tuesday')).dumps).toEqual({ shrinking: 'ok' });
    expect(bench.state('monday')).toBe(before);
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
      expect.stringMatching(/: zz: there is no such database, or this client may not see it$/),
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
