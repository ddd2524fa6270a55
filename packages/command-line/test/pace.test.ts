import { expect, test } from 'vitest';
import { formatBytes, Pace, type Passed } from '../src/index.ts';

test.each<[seconds: number, passed: Passed, text: string]>([
  [0, { paths: 0, bytes: 0 }, '0 paths, 0.0 MB'],
  [1.9, { paths: 5, ofPaths: 10, bytes: 1e6, share: 0.5 }, '5 of 10 paths, 1.0 MB'],
  [2, { paths: 5, ofPaths: 10, bytes: 1e6, share: 0.5 }, '5 of 10 paths, 1.0 MB, 0.5 MB/s, about 0:02 left'],
  [10, { paths: 5, bytes: 2e9 }, '5 paths, 2.0 GB, 200.0 MB/s'],
  [10, { paths: 5, ofPaths: 9, share: 0.5 }, '5 of 9 paths, about 0:10 left'],
  [60, { paths: 0, bytes: 0, share: 0 }, '0 paths, 0.0 MB, 0.0 MB/s'],
  [60, { paths: 1, bytes: 0, share: Number.NaN }, '1 paths, 0.0 MB, 0.0 MB/s'],
  [100, { paths: 1, bytes: 0, share: 0.1 }, '1 paths, 0.0 MB, 0.0 MB/s, about 15:00 left'],
  [1000, { paths: 1, bytes: 0, share: 0.1 }, '1 paths, 0.0 MB, 0.0 MB/s, about 2:30:00 left'],
  [50, { paths: 9, bytes: 0, share: 1 }, '9 paths, 0.0 MB, 0.0 MB/s, about 0:00 left'],
])('after %s s, %j: %s', (seconds, passed, text) => {
  let now = 12_345;
  const pace = new Pace(() => now);
  now += seconds * 1000;
  expect(pace.text(passed)).toBe(text);
});

test('bytes are told in megabytes, or gigabytes', () => {
  expect([0, 49_999, 50_000, 999_900_000, 1e9, 1.25e12].map(formatBytes)).toEqual([
    '0.0 MB',
    '0.0 MB',
    '0.1 MB',
    '999.9 MB',
    '1.0 GB',
    '1250.0 GB',
  ]);
});
