import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findDoubts, medianOf } from '../src/report/plausibility.ts';
import type { ComponentReport, RunReport } from '../src/report/run-report.ts';
import { aRun, someRuns } from './run-reports.ts';

const files = (different: Partial<ComponentReport> = {}): Pick<RunReport, 'components'> => ({
  components: {
    files: { status: 'ok', paths: 40_000, bytes: 10e9, newBytes: 0.2e9, seconds: 500, ...different },
  },
});

/** Ten runs that differ by some per cent. */
const usual = someRuns(10, (i) => ({
  seconds: 600 + 10 * i,
  ...files({
    bytes: 10e9 + i * 1e8,
    newBytes: 0.2e9 + i * 1e7,
    seconds: 500 + 10 * i,
    paths: 40_000 + 100 * i,
  }),
}));

test.each([
  [
    'a tenth of it',
    { bytes: 1e9 },
    'files: 1.0 GB sealed, far less than the 10.4 GB sealed of the last 10 runs',
  ],
  ['ten times as much', { bytes: 100e9 }, 'files: 100.0 GB sealed, far more than'],
  ['no paths', { paths: 100 }, 'files: 100 paths, far less than the 40450 paths'],
  ['much longer', { seconds: 5000 }, 'files: 5000 s, much longer than the 545 s'],
  ['all of it new', { newBytes: 9.9e9 }, 'files: everything changed: 99 % of it is new, usually 2 %'],
])('%s is a doubt', (_, different, sentence) => {
  expect(findDoubts(aRun(files(different)), usual)).toEqual([expect.stringContaining(sentence)]);
});

test.each([
  ['as usual', {}],
  ['a little more', { bytes: 11.5e9, seconds: 700, paths: 43_000 }],
  ['much faster', { seconds: 1 }],
  ['incomplete, which was named as that', { status: 'incomplete' as const, bytes: 1 }],
])('%s is none', (_, different) => {
  expect(findDoubts(aRun(files(different)), usual)).toEqual([]);
});

test('what used to be there and was not tried is a doubt', () => {
  const both = {
    ...files().components,
    volumes: { status: 'ok', bytes: 1, newBytes: 1, seconds: 1 } as const,
  };
  const history = someRuns(6, () => ({ components: both }));
  const skipped = { status: 'skipped', reason: 'not configured', bytes: 0, newBytes: 0, seconds: 0 } as const;
  const sentence = 'volumes is not in this date, and was in each of the last 5';
  expect(findDoubts(aRun(), history)).toEqual([sentence]);
  expect(findDoubts(aRun({ components: { ...both, volumes: skipped } }), history)).toEqual([sentence]);
});

test('many components that each grew a little are told as the whole', () => {
  const parts = (bytes: number): RunReport['components'] =>
    Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [name, { status: 'ok' as const, bytes, newBytes: 0, seconds: 1 }]),
    );
  // Each is 15 MB larger, which is less than what counts; all together are not.
  const history = someRuns(6, () => ({ components: parts(10e6) }));
  expect(findDoubts(aRun({ components: parts(25e6) }), history)).toEqual([
    'all of it: 75.0 MB sealed, far more than the 30.0 MB sealed of the last 6 runs',
  ]);
});

const component = fc.record({
  status: fc.constantFrom('ok', 'incomplete', 'failed', 'skipped'),
  paths: fc.nat(),
  bytes: fc.nat(),
  newBytes: fc.nat(),
  seconds: fc.nat(),
});
const aHistory = fc
  .array(fc.tuple(fc.constantFrom('ok', 'incomplete', 'failed'), component), { maxLength: 30 })
  .map((runs) =>
    someRuns(runs.length, (i) => ({
      status: runs[i]?.[0] as RunReport['status'],
      components: { files: runs[i]?.[1] as ComponentReport },
    })),
  );

test('with fewer than five runs that can be compared nothing is unusual, whatever they were', () => {
  fc.assert(
    fc.property(aHistory, component, (history, now) => {
      const whole = history.filter(
        ({ status, components }) => status !== 'failed' && components.files?.status === 'ok',
      );
      const few = history.filter((run) => !whole.slice(4).includes(run));
      const run = aRun({ components: { files: now as ComponentReport } });
      expect(findDoubts(run, few)).toEqual([]);
    }),
  );
});

test('what every run was like is never unusual', () => {
  fc.assert(
    fc.property(component, fc.integer({ min: 5, max: 30 }), (each, count) => {
      const same = {
        status: 'ok' as const,
        ...{ paths: each.paths, bytes: each.bytes, seconds: each.seconds },
      };
      const components = { files: { ...same, newBytes: Math.min(each.newBytes, each.bytes) } };
      const history = someRuns(count, () => ({ components }));
      expect(findDoubts(aRun({ components, seconds: 600 }), history)).toEqual([]);
    }),
  );
});

test('one run that went wrong does not move what is usual', () => {
  fc.assert(
    fc.property(fc.nat({ max: 9 }), fc.nat({ max: 2 ** 50 }), (at, bytes) => {
      const history = usual.map((run, i) => (i === at ? { ...run, ...files({ bytes, newBytes: 0 }) } : run));
      expect(findDoubts(aRun(files()), history)).toEqual([]);
      expect(findDoubts(aRun(files({ bytes: 1e9 })), history)).toHaveLength(1);
    }),
  );
});

test('the median is the middle one', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1 }), (values) => {
      const median = medianOf(values);
      expect(values.filter((value) => value < median).length * 2).toBeLessThanOrEqual(values.length);
      expect(values.filter((value) => value > median).length * 2).toBeLessThanOrEqual(values.length);
    }),
  );
});
