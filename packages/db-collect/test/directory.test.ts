import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { boundByModes, builtCommand, type Ended, run, start, until } from 'test-kit';
import { startPostgres } from 'test-servers';
import { beforeAll, expect, test } from 'vitest';
import { type DumpTexts, makeDumpTexts } from './dump-texts.ts';
import { Workbench } from './workbench.ts';

let texts: DumpTexts;
beforeAll(async () => {
  texts = await makeDumpTexts();
});

/** A bench with a directory of dumps that somebody else makes. */
class DirectoryBench extends Workbench {
  readonly source = this.at('source');

  constructor() {
    super();
    mkdirSync(this.source);
  }

  /** Puts a file there, so many hours old. */
  put(name: string | Buffer, content: string | Buffer, hours = 0): void {
    const path = Buffer.concat([Buffer.from(`${this.source}/`), Buffer.from(name)]);
    writeFileSync(path, content);
    const time = Date.now() / 1000 - hours * 3600;
    utimesSync(path, time, time);
  }

  collect(...more: string[]): Promise<Ended> {
    return this.run('-0', ...this.into('monday'), ...more, this.source);
  }

  /** What is said of the files, by their names; hints are left out. */
  losses(ended: Ended): Record<string, string> {
    const lines = ended.stderr
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('db-collect: hint: '));
    return Object.fromEntries(
      lines.map((line) => {
        const [, name = line, why = ''] =
          new RegExp(`^db-collect: ${this.source}/(.*?): (.*)$`).exec(line) ?? [];
        return [name, why];
      }),
    );
  }

  /** Sees that what was stored is what is there, byte by byte. */
  async expectAllStored(): Promise<void> {
    const there = execFileSync('find', [this.source, '-type', 'f', '-print0'])
      .toString('latin1')
      .split('\0')
      .slice(0, -1);
    const { dumps } = await this.record('monday');
    const digests = there.map((path) => digest(readFileSync(Buffer.from(path, 'latin1'))));
    expect(dumps.map(({ sha256 }) => sha256).sort()).toEqual(digests.sort());
    for (const { file, sha256 } of dumps) {
      const script = 'age -d -i "$1" "$2" | zstd -dcq | sha256sum';
      const ended = await run(['sh', '-c', script, 'sh', this.keys.identity, join(this.at('monday'), file)]);
      expect(ended.stdout.toString()).toContain(sha256);
    }
  }
}

function digest(content: Buffer): string {
  return execFileSync('sha256sum', { input: content }).toString().slice(0, 64);
}

function compressed(program: string, content: Buffer): Buffer {
  return execFileSync(program, ['-c'], { input: content, maxBuffer: 1 << 28 });
}

test('what is whole and fresh is taken over as it is, whatever it is called', async () => {
  const bench = new DirectoryBench();
  mkdirSync(join(bench.source, 'daily/app'), { recursive: true });
  const names = [
    'plain.sql',
    '.hidden',
    'two\nlines',
    ' blanks ',
    '-dash',
    '%41',
    'quotes\'"`',
    'back\\slash',
    '漢字',
    'x'.repeat(255),
  ];
  for (const [index, name] of [...names, 'daily/app/a', `daily/${'y'.repeat(255)}`].entries())
    bench.put(name, `content ${index}`);
  bench.put(Buffer.concat([Buffer.from('caf'), Buffer.of(0xe9)]), 'no text');
  const sorts: Readonly<Record<string, string>> = { gz: 'gzip', zst: 'zstd', xz: 'xz', bz2: 'bzip2' };
  for (const [end, program] of Object.entries(sorts))
    bench.put(`app.sql.${end}`, compressed(program, texts.mariadbDump.subarray(-100_000)));
  bench.put('pg.sql', texts.pgDump);
  bench.put('pg.sql.gz', compressed('gzip', texts.pgDump));
  bench.put('roles.sql.zst', compressed('zstd', texts.pgDumpall));
  bench.put('maria.sql', texts.mariadbDump);
  bench.put('maria.SQL.GZ', compressed('gzip', texts.mariadbDump));
  bench.put(
    'mysql.sql',
    '-- MySQL dump 10.13  Distrib 8.0.40\n--\nSELECT 1;\n-- Dump completed on 2026-11-26  3:17:01\n',
  );
  bench.put('pg.dump', texts.pgArchive);
  bench.put('pg.dump.gz', compressed('gzip', texts.pgArchive));
  expect(await bench.collect()).toMatchObject({ code: 0, stderr: '' });
  await bench.expectAllStored();
  const again = await bench.run('-0', '-v', ...bench.into('tuesday', 'monday'), bench.source);
  expect(again.code).toBe(0);
  expect(again.stderr.match(/: unchanged$/gm)).toHaveLength((await bench.record('monday')).dumps.length);
  const listed = (await bench.run('-0', '--list', bench.source)).stdout.toString().split('\0').slice(0, -1);
  expect(listed).toEqual((await bench.record('monday')).dumps.map(({ name }) => name));
});

test('what is half-written, empty or no dump is named, each with what it is, and stored all the same', async () => {
  const bench = new DirectoryBench();
  bench.put('empty.sql', '');
  bench.put('empty.sql.gz', '');
  for (const [end, program] of [
    ['gz', 'gzip'],
    ['zst', 'zstd'],
    ['xz', 'xz'],
    ['bz2', 'bzip2'],
  ] as const) {
    const whole = compressed(program, texts.mariadbDump.subarray(-300_000));
    bench.put(`cut.${end}`, whole.subarray(0, -20));
    bench.put(`other.${end}`, 'this is no such thing');
  }
  bench.put('pg.sql', texts.pgDump.subarray(0, -80));
  bench.put('roles.sql', texts.pgDumpall.subarray(0, -3));
  bench.put('maria.sql', texts.mariadbDump.subarray(0, -2));
  bench.put('mysql.sql', '-- MySQL dump 10.13  Distrib 8.0.40\n--\nSELECT 1;\n');
  bench.put('pg.sql.gz', compressed('gzip', texts.pgDump.subarray(0, 200_000)));
  bench.put('maria.sql.zst', compressed('zstd', texts.mariadbDump.subarray(0, 200_000)));
  bench.put('pg.dump', texts.pgArchive.subarray(0, -500));
  bench.put('start.dump', texts.pgArchive.subarray(0, 100));
  bench.put('pg.dump.gz', compressed('gzip', texts.pgArchive.subarray(0, -500)));
  // In two frames, of which the first has less than what tells whose dump it is.
  const frames = [texts.pgDump.subarray(0, 3), texts.pgDump.subarray(3, -80)].map((part) =>
    compressed('zstd', part),
  );
  bench.put('frames.sql.zst', Buffer.concat(frames));
  bench.put('good.sql', texts.mariadbDump);
  const ended = await bench.collect();
  expect(ended.code).toBe(1);
  const cannotRead = (program: string) =>
    expect.stringMatching(`^half-written, or damaged: ${program} cannot read it: `);
  const cut = (what: string) =>
    expect.stringMatching(`^half-written, or damaged: ${what}: cut short after \\d+ bytes`);
  expect(bench.losses(ended)).toEqual({
    'empty.sql': 'empty',
    'frames.sql.zst': cut('a dump by pg_dump'),
    'empty.sql.gz': 'empty',
    ...{
      'cut.gz': cannotRead('gzip'),
      'cut.zst': cannotRead('zstd'),
      'cut.xz': cannotRead('xz'),
      'cut.bz2': cannotRead('bzip2'),
    },
    ...{
      'other.gz': cannotRead('gzip'),
      'other.zst': cannotRead('zstd'),
      'other.xz': cannotRead('xz'),
      'other.bz2': cannotRead('bzip2'),
    },
    ...{
      'pg.sql': cut('a dump by pg_dump'),
      'roles.sql': cut('a dump by pg_dumpall'),
      'pg.sql.gz': cut('a dump by pg_dump'),
    },
    ...{
      'maria.sql': cut('a dump by mariadb-dump'),
      'mysql.sql': cut('a dump by mariadb-dump'),
      'maria.sql.zst': cut('a dump by mariadb-dump'),
    },
    ...{
      'pg.dump': cannotRead('pg_restore'),
      'start.dump': cannotRead('pg_restore'),
      'pg.dump.gz': cannotRead('pg_restore'),
    },
  });
  await bench.expectAllStored();
  const { dumps } = await bench.record('monday');
  expect(dumps.filter(({ status }) => status === 'ok').map(({ name }) => name)).toEqual([
    `${bench.source}/good.sql`,
  ]);
});

test('what pg_dump writes as a directory is taken over without a doubt', async () => {
  const bench = new DirectoryBench();
  const server = await startPostgres();
  await server.sql('CREATE TABLE one AS SELECT 1 AS n');
  chmodSync(bench.directory, 0o711);
  chmodSync(bench.source, 0o777);
  const dump = [`${server.programs}/pg_dump`, '-Fd', '-f', join(bench.source, 'app'), '-d', server.url()];
  expect(await run(['setpriv', '--reuid', 'postgres', '--clear-groups', ...dump])).toMatchObject({ code: 0 });
  expect(await bench.collect()).toMatchObject({ code: 0, stderr: '' });
  await bench.expectAllStored();
});

test('the newest of a series tells whether it is stale', async () => {
  const bench = new DirectoryBench();
  const rotated = { 'app.sql': 1, 'app.sql.1.gz': 30, 'app.sql.2.gz': 300 };
  const dated = { 'shop_2026-11-24_06h25m.Tuesday.sql': 40, 'shop_2026-11-25_06h25m.Wednesday.sql': 20 };
  const old = { 'wiki.sql': 37, 'wiki.sql.1': 61, 'app1.sql': 240 };
  const fine = { 'app2.sql': 35 };
  for (const [name, hours] of Object.entries({ ...rotated, ...dated, ...old, ...fine }))
    bench.put(name, name.endsWith('.gz') ? compressed('gzip', Buffer.from(name)) : name, hours);
  const ended = await bench.collect();
  expect(ended.code).toBe(1);
  expect(bench.losses(ended)).toEqual({
    'wiki.sql': 'stale: the newest of its series is 37 hours old',
    'wiki.sql.1': 'stale: the newest of its series is 37 hours old',
    'app1.sql': 'stale: the newest of its series is 10 days old',
  });
  await bench.expectAllStored();
  const patient = await bench.run('-0', ...bench.into('patient'), '--stale', '38', bench.source);
  expect(Object.keys(bench.losses(patient))).toEqual(['app1.sql']);
  expect(await bench.run('-0', ...bench.into('never'), '--stale', '0', bench.source)).toMatchObject({
    code: 0,
    stderr: '',
  });
});

test('what somebody writes yet is named: by what is open, and by what changes while it is read', async () => {
  const bench = new DirectoryBench();
  bench.put('open.sql', 'some of it');
  bench.put('read.sql', 'all of it');
  const large = join(bench.source, 'large.bin');
  execFileSync('sh', ['-c', 'head -c 100000000 /dev/urandom > "$1"', 'sh', large]);
  const files = [
    openSync(join(bench.source, 'open.sql'), 'a'),
    openSync(join(bench.source, 'read.sql'), 'r'),
  ];
  const { child, ended } = start(bench.argv('-0', ...bench.into('monday'), bench.source), { group: true });
  const begun = (): boolean =>
    readdirOf(bench.at('monday')).some(
      (name) => name.includes('large.bin') && statSync(join(bench.at('monday'), name)).size > 0,
    );
  await until(begun);
  process.kill(-(child.pid ?? 0), 'SIGSTOP');
  appendFileSync(large, 'more');
  process.kill(-(child.pid ?? 0), 'SIGCONT');
  const how = await ended;
  files.forEach(closeSync);
  expect(how.code).toBe(1);
  expect(bench.losses(how)).toEqual({
    'large.bin': 'changed while it was read: not finished yet',
    'open.sql': 'somebody has it open for writing: not finished yet',
  });
});

function readdirOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

test('what is no file is named and missing, and nothing waits for it', async () => {
  const bench = new DirectoryBench();
  bench.put('file', 'content');
  writeFileSync(bench.at('elsewhere'), 'secret');
  symlinkSync(bench.at('elsewhere'), join(bench.source, 'link'));
  symlinkSync('file', join(bench.source, 'latest'));
  symlinkSync('.', join(bench.source, 'loop'));
  symlinkSync('nothing', join(bench.source, 'dangling'));
  execFileSync('mkfifo', [join(bench.source, 'fifo')]);
  execFileSync('mknod', [join(bench.source, 'device'), 'c', '1', '5']);
  const ended = await bench.collect();
  expect(ended.code).toBe(1);
  const link = 'a symbolic link: links are not followed';
  const other = 'neither a file nor a directory';
  expect(bench.losses(ended)).toEqual({
    link,
    loop: link,
    dangling: link,
    latest: link,
    fifo: other,
    device: other,
  });
  const { dumps, missing } = await bench.record('monday');
  expect(dumps.map(({ name }) => name)).toEqual([`${bench.source}/file`]);
  expect(missing).toHaveLength(6);
  expect(ended.stderr).not.toContain('secret');
});

test('a directory in it that cannot be read is named, and a file as well, and the rest is stored', async () => {
  const bench = new DirectoryBench();
  bench.put('file', 'content');
  mkdirSync(join(bench.source, 'closed'));
  bench.put('closed/inner', 'content');
  bench.put('private', 'content');
  for (const name of ['closed', 'closed/inner', 'private'])
    execFileSync('chmod', ['0', join(bench.source, name)]);
  // Root without the right to pass over modes.
  const ended = await run([
    ...boundByModes,
    builtCommand('db-collect'),
    '-0',
    ...bench.into('monday'),
    bench.source,
  ]);
  expect(ended.code).toBe(1);
  expect(bench.losses(ended)).toEqual({
    closed: expect.stringMatching(/permission denied/i),
    private: expect.stringMatching(/permission denied/i),
  });
  const { dumps, missing } = await bench.record('monday');
  expect(dumps.map(({ name }) => name)).toEqual([`${bench.source}/file`]);
  expect(missing.sort()).toEqual([`${bench.source}/closed`, `${bench.source}/private`]);
});

test('a directory that is missing, empty, or all of it excluded, is no success', async () => {
  const bench = new DirectoryBench();
  const none = 'there is no dump in it';
  expect(await bench.collect()).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${bench.source}: ${none}`),
  });
  mkdirSync(join(bench.source, 'daily'));
  expect(await bench.collect()).toMatchObject({ code: 2, stderr: expect.stringContaining(none) });
  bench.put('file', 'content');
  expect(await bench.collect('--exclude', '*')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('every file in it is excluded'),
  });
  const missing = await bench.run('-0', ...bench.into('monday'), bench.at('nowhere'));
  expect(missing).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/nowhere: no such file or directory/i),
  });
  expect(bench.files('monday')).toEqual([]);
  const both = await bench.run('-0', ...bench.into('monday'), bench.at('nowhere'), bench.source);
  expect(both).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/nowhere: no such file or directory/i),
  });
});

test('what is excluded by name or path is not stored, and told', async () => {
  const bench = new DirectoryBench();
  mkdirSync(join(bench.source, 'daily'));
  for (const name of ['a.sql', 'a.tmp', 'daily/b.sql', 'daily/b.tmp', '.c.tmp']) bench.put(name, name);
  expect(await bench.collect('--exclude', '*.tmp', '--exclude', 'directory:daily/b*')).toMatchObject({
    code: 0,
  });
  const { dumps, excluded } = await bench.record('monday');
  expect(dumps.map(({ name }) => name)).toEqual([`${bench.source}/a.sql`]);
  expect([...excluded].sort()).toEqual(['.c.tmp', 'a.tmp', 'daily/b.sql', 'daily/b.tmp']);
});
