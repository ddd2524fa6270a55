import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Ended, mountLoop, run, start, until } from 'test-kit';
import { makeSqlite, sql, sqliteDump, sqliteMoney, startSqliteWriter } from 'test-servers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Workbench } from './workbench.ts';

/** A bench with a place for temporary files of its own, and for databases. */
class SqliteBench extends Workbench {
  readonly scratch = this.at('scratch');

  constructor() {
    super();
    mkdirSync(this.scratch);
    chmodSync(this.scratch, 0o1777);
    chmodSync(this.directory, 0o755);
  }

  override run(...args: readonly string[]): Promise<Ended> {
    return run(this.argv(...args), { env: { TMPDIR: this.scratch } });
  }

  url(name: string): string {
    return `sqlite://${this.at(name).split('/').map(encodeURIComponent).join('/')}`;
  }

  /** The one dump of a directory, as a file. */
  async extract(name: string): Promise<string> {
    const file = this.at(`extracted-${name}`);
    const dump = (await this.record(name)).dumps[0]?.file ?? 'none';
    expect(await this.run('--extract', ...this.from(name), '-o', file, dump)).toMatchObject({
      code: 0,
    });
    return file;
  }

  isTidy(): void {
    expect(readdirSync(this.scratch)).toEqual([]);
  }
}

describe.each([
  ['in WAL mode', true],
  ['with a rollback journal', false],
])('a database %s', (_, wal) => {
  test('that somebody writes all the time is copied as a transaction left it, and nobody waits for that', async () => {
    const bench = new SqliteBench();
    await makeSqlite(bench.at('db'), { wal });
    const writer = await startSqliteWriter(bench.at('db'), { busyTimeout: 5000 });
    const begun = Number(await sql(bench.at('db'), 'SELECT max(number) FROM log'));
    expect(await bench.run(...bench.into('monday'), bench.url('db'))).toMatchObject({ code: 0, stderr: '' });
    const written = await writer.stop();
    expect(written.busy).toBe(0);
    const copy = await bench.extract('monday');
    const last = await sqliteMoney(copy);
    expect(last).toBeGreaterThanOrEqual(begun);
    expect(last).toBeLessThan(written.committed);
    const { dumps } = await bench.record('monday');
    expect(dumps[0]).toMatchObject({
      engine: 'sqlite',
      name: bench.at('db'),
      kind: 'database',
      status: 'ok',
    });
    expect(dumps[0]?.rows).toMatchObject({
      log: last,
      savings: 1000,
      plain: 335,
      'a "quoted" [name]; -- \' (x': 1,
      '日本語\ntwo lines': 1,
    });
    expect(await sqliteDump(copy)).toContain('PRAGMA');
    bench.isTidy();
  });

  test('that is as it was becomes a link, and has in it what the file has', async () => {
    const bench = new SqliteBench();
    await makeSqlite(bench.at('db'), { wal });
    const monday = await bench.run(...bench.into('monday'), bench.url('db'));
    expect(monday).toMatchObject({ code: 0, stderr: '' });
    const tuesday = await bench.run('-v', ...bench.into('tuesday', 'monday'), bench.url('db'));
    expect(tuesday).toMatchObject({ code: 0, stderr: expect.stringContaining(': unchanged') });
    const [file = ''] = bench.files('tuesday').filter((name) => name.startsWith('sqlite'));
    expect(statSync(join(bench.at('tuesday'), file)).ino).toBe(statSync(join(bench.at('monday'), file)).ino);
    expect(await sqliteDump(await bench.extract('tuesday'))).toBe(await sqliteDump(bench.at('db')));
    await sql(bench.at('db'), 'DELETE FROM plain WHERE id = 1');
    const wednesday = await bench.run('-v', ...bench.into('wednesday', 'tuesday'), bench.url('db'));
    expect(wednesday.stderr).not.toContain('unchanged');
    expect(await sqliteDump(await bench.extract('wednesday'))).toBe(await sqliteDump(bench.at('db')));
  });

  test('that somebody has locked for himself is given up after --timeout, and the last dump is kept', async () => {
    const bench = new SqliteBench();
    await makeSqlite(bench.at('db'), { wal });
    expect(await bench.run(...bench.into('monday'), bench.url('db'))).toMatchObject({ code: 0 });
    const holder = start(['sqlite3', '-batch', bench.at('db')], { keepOpen: true });
    const locked = new Promise((resolve) => holder.child.stdout?.once('data', resolve));
    holder.child.stdin?.write(
      'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM plain; SELECT 1;\n',
    );
    await locked;
    const args = ['--timeout', '1', ...bench.into('tuesday', 'monday'), bench.url('db')];
    const begun = performance.now();
    expect(await bench.run(...args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/sqlite3.*database is locked/),
    });
    expect(performance.now() - begun).toBeGreaterThan(900);
    expect(await bench.dumpOf('tuesday', bench.at('db'))).toMatchObject({ status: 'kept' });
    holder.child.stdin?.end('ROLLBACK;\n');
    await holder.ended;
    bench.isTidy();
  });
});

test('whatever a file is called, its database is dumped', async () => {
  const bench = new SqliteBench();
  const names = [
    'two\nlines',
    'per%cent%41',
    'question?mode=memory',
    'hash#fragment',
    `double"quote and 'single'`,
  ];
  names.push('back\\slash', ' blanks ', '-leading', 'größe', ':memory:', 'x'.repeat(255));
  await makeSqlite(bench.at('plain'), { wal: false });
  const content = readFileSync(bench.at('plain'));
  for (const name of names) writeFileSync(bench.at(name), content);
  writeFileSync(Buffer.concat([Buffer.from(bench.at('caf')), Buffer.of(0xe9)]), content);
  const before = readdirSync(bench.directory).sort();
  const urls = [...names.map((name) => bench.url(name)), `${bench.url('caf')}%e9`, bench.url('plain')];
  const ended = await bench.run('-0', ...bench.into('monday'), ...urls);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const { dumps } = await bench.record('monday');
  const escaped = bench.at('caf\\xe9');
  expect(dumps.map(({ name }) => name)).toEqual([
    ...names.map((name) => bench.at(name)),
    escaped,
    bench.at('plain'),
  ]);
  expect(new Set(dumps.map(({ sha256 }) => sha256)).size).toBe(1);
  expect(await sqliteDump(await bench.extract('monday'))).toBe(await sqliteDump(bench.at('plain')));
  expect(readdirSync(bench.directory)).toHaveLength(before.length + 3); // the dumps, the state, the extracted one
  bench.isTidy();
});

test.each([true, false])(
  'what is in a directory that only its owner may enter, in WAL mode: %s',
  async (wal) => {
    const bench = new SqliteBench();
    mkdirSync(bench.at('home'), { mode: 0o700 });
    const file = 'home/db';
    await makeSqlite(bench.at(file), { wal });
    const before = await sqliteDump(bench.at(file));
    for (const name of ['home', file]) chownSync(bench.at(name), 65_534, 65_534);
    const writer = await startSqliteWriter(bench.at(file), { user: 'nobody' });
    expect(await bench.run(...bench.into('monday'), bench.url(file))).toMatchObject({ code: 0, stderr: '' });
    await writer.stop();
    const owners = readdirSync(bench.at('home')).map((name) => statSync(join(bench.at('home'), name)).uid);
    expect(new Set(owners)).toEqual(new Set([65_534]));
    const copy = await bench.extract('monday');
    expect(await sqliteMoney(copy)).toBeGreaterThan(0);
    expect(before).toContain('plain');
    bench.isTidy();
  },
);

/** What is no whole database, made of one; and what is said of it. */
const broken: Readonly<Record<string, readonly [make: (file: string) => void, said: RegExp]>> = {
  other: [(file) => writeFileSync(file, 'not a database at all'.repeat(500)), /file is not a database/],
  missing: [(file) => execFileSync('rm', [file]), /unable to open database/],
  truncated: [(file) => truncateSync(file, 40_000), /malformed/],
  short: [(file) => truncateSync(file, 50), /malformed/],
  directory: [(file) => execFileSync('sh', ['-c', 'rm "$1" && mkdir "$1"', 'sh', file]), /unable to open/],
  empty: [(file) => truncateSync(file, 0), /empty: it has no tables/],
};

test('what is no database is named, each with what it is, and the others are dumped', async () => {
  const bench = new SqliteBench();
  await makeSqlite(bench.at('good'), { wal: false });
  for (const [name, [make]] of Object.entries(broken)) {
    copyFileSync(bench.at('good'), bench.at(name));
    make(bench.at(name));
  }
  const urls = [...Object.keys(broken), 'good'].map((name) => bench.url(name));
  const ended = await bench.run(...bench.into('monday'), ...urls);
  expect(ended.code).toBe(1);
  for (const [name, [, said]] of Object.entries(broken)) {
    const lines = ended.stderr.split('\n').filter((line) => line.includes(` ${bench.at(name)}: `));
    expect(lines.filter((line) => !/: hint: /.test(line))).toEqual([expect.stringMatching(said)]);
  }
  const { dumps, missing } = await bench.record('monday');
  const stored = dumps.map(({ name, status }) => [name, status]);
  expect(Object.fromEntries(stored)).toEqual({
    ...Object.fromEntries(stored.filter(([, status]) => status === 'doubtful')),
    [bench.at('good')]: 'ok',
  });
  expect(dumps.length + missing.length).toBe(7);
  bench.isTidy();
});

test('a damaged page is named, and the database is stored all the same', async () => {
  const bench = new SqliteBench();
  await makeSqlite(bench.at('db'), { wal: false });
  const bytes = readFileSync(bench.at('db'));
  bytes.fill(0xee, 8 * 4096 + 8, 9 * 4096);
  writeFileSync(bench.at('db'), bytes);
  const ended = await bench.run(...bench.into('monday'), bench.url('db'));
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('damaged: ') });
  expect(await bench.dumpOf('monday', bench.at('db'))).toMatchObject({ status: 'doubtful' });
  const copy = readFileSync(await bench.extract('monday'));
  expect(copy.length).toBe(bytes.length);
  expect(copy.subarray(8 * 4096, 9 * 4096).equals(bytes.subarray(8 * 4096, 9 * 4096))).toBe(true);
  bench.isTidy();
});

/** A database whose copy takes a while, and a run that makes it, stopped while the copy lies there. */
async function stoppedInTheMidst(
  bench: SqliteBench,
  owner: number,
): Promise<{ place: string; kill: () => Promise<void> }> {
  await makeSqlite(bench.at('db'), { wal: false });
  const rows = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)';
  await sql(
    bench.at('db'),
    `CREATE TABLE big (b); ${rows} INSERT INTO big SELECT randomblob(1000000) FROM n;`,
  );
  chownSync(bench.at('db'), owner, owner);
  const argv = bench.argv(...bench.into('monday'), bench.url('db'));
  const { child, ended } = start(argv, { env: { TMPDIR: bench.scratch }, group: true });
  const pid = child.pid ?? 0;
  const copy = (): string | undefined =>
    readdirSync(bench.scratch, { recursive: true, encoding: 'utf8' }).find((name) =>
      name.endsWith('/database'),
    );
  await until(() => copy() !== undefined);
  process.kill(-pid, 'SIGSTOP');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    if (child.signalCode === null) process.kill(-pid, 'SIGCONT'); // what else there is dies of that
    await ended;
  };
  onTestFinished(kill);
  return { place: join(bench.scratch, copy() ?? 'gone'), kill };
}

test.each([
  ['of root', 0],
  ['of another user', 33],
])(
  'the copy of a database %s is for nobody else to read, and the next run removes what a killed one left',
  async (_, owner) => {
    const bench = new SqliteBench();
    const { place, kill } = await stoppedInTheMidst(bench, owner);
    const asNobody = ['setpriv', '--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups'];
    const refused = { code: 1, stderr: expect.stringContaining('Permission denied') };
    expect(await run([...asNobody, 'cat', place])).toMatchObject(refused);
    expect(statSync(place).uid).toBe(owner);
    // While its run is alive, another one leaves it alone.
    const [left] = readdirSync(bench.scratch);
    expect(await bench.run(...bench.into('other'), bench.url('db'))).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(bench.scratch)).toEqual([left]);
    await kill();
    expect(readdirSync(bench.scratch)).toEqual([left]);
    expect(bench.files('monday').filter((name) => !name.endsWith('.partial'))).toEqual([]);
    const next = await bench.run(...bench.into('tuesday'), bench.url('db'));
    expect(next).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('left by a run that was killed: removed'),
    });
    bench.isTidy();
  },
);

test('where there is no room for the copy, that is said, and the rest goes on', async ({ skip }) => {
  const bench = new SqliteBench();
  await makeSqlite(bench.at('small'), { wal: false });
  await makeSqlite(bench.at('db'), { wal: false });
  await sql(bench.at('db'), 'CREATE TABLE big AS SELECT zeroblob(30000000) b');
  if (!mountLoop(bench.at('image'), bench.scratch)) return skip('no loop devices here');
  const ended = await bench.run(...bench.into('monday'), bench.url('db'), bench.url('small'));
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/sqlite3.*disk is full/) });
  expect((await bench.record('monday')).dumps.map(({ name }) => name)).toEqual([bench.at('small')]);
  expect(readdirSync(bench.scratch)).toEqual(['lost+found']);
});
