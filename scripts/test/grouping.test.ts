import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Group } from '../src/report/annoying/group.ts';
import { Grouping, mostGroups } from '../src/report/annoying/grouping.ts';

/** What a walk comes to: in byte order, a directory before what is in it. */
type Entry = readonly [path: string, kind: 'orphan directory' | 'directory' | 'annoying' | 'other' | 'new'];

function group(entries: readonly Entry[], mtime = (_: string): number => 1) {
  const grouping = new Grouping();
  for (const [path, kind] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (kind === 'orphan directory') grouping.orphanDirectory(path);
    else if (kind === 'other' || kind === 'directory') grouping.other(path);
    else grouping.annoying(path, { size: 1, uid: 0, mtime: mtime(path) }, kind === 'new');
  }
  return grouping.end();
}

const told = ({ first }: { first: readonly Group[] }): Record<string, [number, boolean]> =>
  Object.fromEntries(first.map(({ directory, count, isWhole }) => [directory, [count, isWhole]]));

test('the highest directory that has nothing else is told of as one', () => {
  const groups = group([
    ['/srv/', 'directory'],
    ['/srv/app/', 'orphan directory'],
    ['/srv/app-data', 'annoying'],
    ['/srv/app/bin/', 'orphan directory'],
    ['/srv/app/bin/run', 'annoying'],
    ['/srv/app/etc/', 'orphan directory'],
    ['/srv/app/etc/a', 'annoying'],
    ['/srv/app/etc/b', 'new'],
    ['/srv/app/z', 'annoying'],
  ]);
  expect(told(groups)).toEqual({ '/srv/app/': [4, true], '/srv/': [1, false] });
});

test('where something in it is expected, the directories beside that are, and the files by themselves', () => {
  const groups = group([
    ['/data/', 'orphan directory'],
    ['/data/mail/', 'orphan directory'],
    ['/data/mail/box', 'other'],
    ['/data/new/', 'orphan directory'],
    ['/data/new/deep/', 'orphan directory'],
    ['/data/new/deep/x', 'annoying'],
    ['/data/y', 'annoying'],
  ]);
  expect(told(groups)).toEqual({ '/data/new/': [1, true], '/data/': [1, false] });
});

test('what is new comes first, the newest first; of very many the rest is counted', () => {
  const entries = Array.from({ length: 1000 }, (_, i): Entry[] => [
    [`/srv/${i}/`, 'orphan directory'],
    [`/srv/${i}/x`, i % 10 === 0 ? 'new' : 'annoying'],
  ]).flat();
  const { first, rest } = group(entries, (path) => Number(path.split('/')[2]));
  expect(first).toHaveLength(mostGroups);
  expect(first.slice(0, 3).map(({ directory }) => directory)).toEqual([
    '/srv/990/',
    '/srv/980/',
    '/srv/970/',
  ]);
  expect(first.filter(({ newCount }) => newCount > 0)).toHaveLength(100);
  expect(rest).toEqual({ groups: 800, count: 800 });
});

// A tree of few names, so that directories have several entries.
const someEntries = fc
  .uniqueArray(
    fc.tuple(
      fc.array(fc.constantFrom('a', 'b', 'a-', 'c'), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('annoying', 'other', 'new'),
    ),
    { selector: ([names]) => names.join('/'), maxLength: 30 },
  )
  .chain((files) =>
    fc.func(fc.boolean()).map((isOrphan): Entry[] => {
      const all = files.map(([names, kind]): Entry => [`/${names.join('/')}`, kind]);
      const directories = new Set(all.flatMap(([path]) => parentsOf(path)));
      const plain = all.filter(([path]) => !directories.has(`${path}/`));
      const above = [...directories].map(
        (path): Entry => [path, isOrphan(path) ? 'orphan directory' : 'directory'],
      );
      return [...above, ...plain];
    }),
  );

function parentsOf(path: string): string[] {
  const names = path.split('/').slice(1, -1);
  return names.map((_, i) => `/${names.slice(0, i + 1).join('/')}/`);
}

test('every file is in one group, and a rule for a whole directory takes in nothing else', () => {
  fc.assert(
    fc.property(someEntries, (entries) => {
      const { first, rest } = group(entries);
      const annoying = entries.filter(([, kind]) => kind === 'annoying' || kind === 'new');
      expect(first.reduce((sum, { count }) => sum + count, rest.count)).toBe(annoying.length);
      for (const { directory, isWhole, count, newCount, files } of first) {
        const inside = entries.filter(([path]) => path.startsWith(directory));
        expect(files).toHaveLength(newCount);
        if (!isWhole) continue;
        expect(inside.filter(([, kind]) => kind === 'other' || kind === 'directory')).toEqual([]);
        expect(inside.filter(([, kind]) => kind !== 'orphan directory')).toHaveLength(count);
      }
    }),
  );
});
