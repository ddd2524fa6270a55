import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from 'test-kit';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  clearWork,
  isDate,
  listDates,
  lockDate,
  makeTree,
  openDate,
  placeDate,
  readRecord,
  shareTree,
  statusDirectory,
  withBuildingPlace,
  withdrawDate,
  workDirectory,
  writeRecord,
} from '../src/index.ts';

function newTree(...dates: string[]): string {
  const tree = join(temporaryDirectory(), 'tree');
  makeTree(tree);
  for (const date of dates) fill(join(tree, date), date);
  return tree;
}

function fill(place: string, text: string): void {
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'MANIFEST.json'), text);
}

const textOf = (tree: string, date: string): string =>
  readFileSync(join(tree, date, 'MANIFEST.json'), 'utf8');
const work = (tree: string): string[] => readdirSync(workDirectory(tree));

/** Another process that holds a date as a reader does, until the test ends. */
async function readElsewhere(directory: string): Promise<void> {
  const holder = spawn('flock', ['-s', directory, 'sh', '-c', 'echo held; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void holder.stdin.end());
  await new Promise((resolve) => holder.stdout.once('data', resolve));
}

test.each([
  ['2026-11-20', true],
  ['2024-02-29', true],
  ['2026-02-29', false],
  ['2026-13-01', false],
  ['2026-1-1', false],
  [' 2026-11-20', false],
  ['2026-11-20/', false],
  ['2026-11-20\n', false],
])('%j is a date: %s', (name, is) => {
  expect(isDate(name)).toBe(is);
});

describe('a date is opened', () => {
  test('itself, whatever takes its name afterwards', () => {
    const tree = newTree('2026-01-01');
    const { descriptor } = lockDate(tree, '2026-01-01');
    renameSync(join(tree, '2026-01-01'), join(tree, 'gone'));
    fill(join(tree, '2026-01-01'), 'another');
    expect(readFileSync(`/proc/self/fd/${descriptor}/MANIFEST.json`, 'utf8')).toBe('2026-01-01');
    closeSync(descriptor);
  });

  test.each([
    ['2026-01-02', 'no such date'],
    ['2026-01-03', 'not a directory'],
    ['2026-01-04', 'not a directory'],
    ['2026-01-05', 'not complete'],
    ['2026-01-06', 'not complete'],
    ['..', 'not a date'],
  ])('or not at all: %s, %s', (date, why) => {
    const tree = newTree('2026-01-01');
    symlinkSync('2026-01-01', join(tree, '2026-01-03'));
    execFileSync('mkfifo', [join(tree, '2026-01-04')]);
    mkdirSync(join(tree, '2026-01-05'));
    mkdirSync(join(tree, '2026-01-06'));
    symlinkSync('../2026-01-01/MANIFEST.json', join(tree, '2026-01-06/MANIFEST.json'));
    expect(() => openDate(tree, date)).toThrow(why);
  });
});

describe('a date is placed', () => {
  test('by its name, and the one of before is gone', async () => {
    const tree = newTree('2026-01-01');
    await withBuildingPlace(tree, '2026-01-01', async (place) => {
      fill(place, 'new');
      expect(await placeDate(place, tree)).toBe(join(tree, '2026-01-01'));
    });
    expect(textOf(tree, '2026-01-01')).toBe('new');
    expect(work(tree)).toEqual([]);
  });

  test('where somebody reads the one of before: that one stays until it is read', async () => {
    const tree = newTree('2026-01-01');
    await readElsewhere(join(tree, '2026-01-01'));
    await withBuildingPlace(tree, '2026-01-01', (place) => {
      fill(place, 'new');
      return placeDate(place, tree);
    });
    const [old = ''] = work(tree);
    expect(readFileSync(join(workDirectory(tree), old, 'MANIFEST.json'), 'utf8')).toBe('2026-01-01');
    expect(await clearWork(tree)).toEqual([join(workDirectory(tree), old)]);
    // Never to come back, even where the date that replaced it is removed in the meantime.
    expect(await withdrawDate(tree, '2026-01-01')).toBe(true);
    await clearWork(tree);
    expect(listDates(tree)).toEqual([]);
  });

  test('with its manifest, or not at all', async () => {
    const tree = newTree('2026-01-01');
    const staged = join(workDirectory(tree), 'x/2026-01-01');
    mkdirSync(staged, { recursive: true });
    await expect(placeDate(staged, tree)).rejects.toThrow('not complete');
    expect(textOf(tree, '2026-01-01')).toBe('2026-01-01');
  });

  test('but not over what is no date', async () => {
    const tree = newTree();
    mkdirSync(join(tree, '2026-01-01'));
    const staged = join(workDirectory(tree), 'x/2026-01-01');
    fill(staged, 'new');
    await expect(placeDate(staged, tree)).rejects.toThrow('not complete');
    expect(existsSync(staged)).toBe(true);
  });

  test('what failed leaves nothing', async () => {
    const tree = newTree();
    const failing = withBuildingPlace(tree, '2026-01-01', () => Promise.reject(new Error('it broke')));
    await expect(failing).rejects.toThrow('it broke');
    expect(work(tree)).toEqual([]);
  });
});

test('killed between the two renames of a replacement: the date of before comes back', async () => {
  const tree = newTree('2026-01-01', '2026-01-02');
  renameSync(join(tree, '2026-01-01'), join(workDirectory(tree), 'replaced-2026-01-01'));
  // The second rename happened there, and the removal after it did not.
  fill(join(workDirectory(tree), 'replaced-2026-01-02'), 'older');
  fill(join(workDirectory(tree), 'building-abc/2026-01-03'), 'half');
  writeFileSync(join(workDirectory(tree), 'stray'), '');
  expect(await clearWork(tree)).toEqual([]);
  expect(listDates(tree)).toEqual(['2026-01-01', '2026-01-02']);
  expect(textOf(tree, '2026-01-02')).toBe('2026-01-02');
  expect(work(tree)).toEqual([]);
});

describe('a date that is withdrawn', () => {
  test('is gone', async () => {
    const tree = newTree('2026-01-01', '2026-01-02');
    expect(await withdrawDate(tree, '2026-01-02')).toBe(true);
    expect(listDates(tree)).toEqual(['2026-01-01']);
    expect(work(tree)).toEqual([]);
  });

  test('while somebody reads it: out of reach for others, there for him', async () => {
    const tree = newTree('2026-01-01');
    await readElsewhere(join(tree, '2026-01-01'));
    expect(await withdrawDate(tree, '2026-01-01')).toBe(false);
    expect(() => lockDate(tree, '2026-01-01')).toThrow('no such date');
    expect(work(tree)).toHaveLength(1);
  });

  test('one after the other, each with a reader who does not end: two stay, and no more', async () => {
    const tree = newTree('2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04');
    for (const date of listDates(tree)) {
      await readElsewhere(join(tree, date));
      await withdrawDate(tree, date);
    }
    await clearWork(tree);
    const left = work(tree).map((name) =>
      readFileSync(join(workDirectory(tree), name, 'MANIFEST.json'), 'utf8'),
    );
    expect(left.sort()).toEqual(['2026-01-03', '2026-01-04']);
  });
});

test('a tree is shared when its group is there, with what is in it, and then left as it is', async () => {
  const tree = newTree('2026-01-01');
  const notes: string[] = [];
  const report = { note: (what: string, why?: string) => void notes.push(`${what}: ${why}`) };
  const modes = (...more: string[]): string =>
    execFileSync('stat', ['-c', '%a %g', tree, statusDirectory(tree), ...more]).toString();
  await shareTree(tree, undefined, report);
  expect(modes()).toBe('700 0\n700 0\n');
  await shareTree(tree, 4242, report);
  expect(modes(join(tree, '2026-01-01/MANIFEST.json'))).toBe('750 4242\n2750 4242\n640 4242\n');
  execFileSync('chmod', ['755', tree]);
  await shareTree(tree, 7, report);
  expect(modes()).toBe('755 4242\n2750 4242\n');
  expect(notes).toEqual([]);
  execFileSync('chmod', ['750', tree]);
  await shareTree(tree, 7, report);
  expect(notes).toEqual([expect.stringContaining('group 7 cannot enter it')]);
});

test('a tree is made where nothing is above it, for others to reach, whatever the umask', () => {
  const above = join(temporaryDirectory(), 'a/b');
  const before = process.umask(0o077);
  onTestFinished(() => void process.umask(before));
  makeTree(join(above, 'tree'));
  const modes = execFileSync('stat', ['-c', '%a', join(above, '..'), above, join(above, 'tree')]).toString();
  expect(modes).toBe('755\n755\n700\n');
});

test('a tree that cannot be read is not taken for an empty one', () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  expect(() => listDates(file)).toThrow('not a directory');
  expect(listDates(`${file}s`)).toEqual([]);
});

test('records are read back, and nothing else is taken for one', () => {
  const file = join(temporaryDirectory(), 'record.json');
  expect(readRecord(file)).toBeUndefined();
  writeRecord(file, { a: 1 });
  expect(readRecord(file)).toEqual({ a: 1 });
  symlinkSync(file, `${file}.link`);
  expect(() => readRecord(`${file}.link`)).toThrow();
  execFileSync('mkfifo', [`${file}.fifo`]);
  expect(() => readRecord(`${file}.fifo`)).toThrow('not a small regular file');
  writeFileSync(file, `{"a":"${'x'.repeat(1 << 17)}"}`);
  expect(() => readRecord(file)).toThrow('not a small regular file');
  for (const text of ['', 'null', '1', '{']) {
    writeFileSync(file, text);
    expect(() => readRecord(file), text).toThrow('not a record');
  }
});
