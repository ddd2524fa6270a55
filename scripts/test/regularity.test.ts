import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lateBefore, overdueReasons, type Regularity } from '../src/report/regularity.ts';
import { schema } from '../src/settings/schema.ts';
import { aRun, someRuns } from './run-reports.ts';

const hours = (count: number): string => new Date(Date.UTC(2026, 0, 1) + count * 3_600_000).toISOString();
const known = (different: Partial<Regularity>): Regularity => ({
  ...{ now: hours(1000), lookedSince: hours(0), first: hours(0), last: hours(999), lastPull: hours(999) },
  ...{ isPulled: true, ...different },
});
const settings = schema.parse({});

test.each([
  [{}, []],
  [{ last: hours(1000 - 97) }, ['no backup for 4 days']],
  [{ last: hours(1000 - 95) }, []],
  [{ first: undefined, last: undefined }, ['no backup has ever been made']],
  [{ first: undefined, last: undefined, lastPull: undefined, lookedSince: hours(990) }, []],
  [{ lastPull: hours(880) }, ['nobody has pulled for 5 days']],
  [{ lastPull: undefined }, ['nobody has ever pulled']],
  [{ lastPull: undefined, first: hours(950) }, []],
  [{ lastPull: undefined, isPulled: false }, []],
  [{ last: hours(2000), lastPull: hours(2000) }, []],
] satisfies [Partial<Regularity>, string[]][])('of %j: %j', (different, reasons) => {
  expect(overdueReasons(known(different), settings)).toEqual(reasons);
});

test('what is newer than the limit is never late', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.nat({ max: 1000 }),
      fc.nat({ max: 1000 }),
      (limit, made, pulled) => {
        const told = overdueReasons(
          known({ last: hours(1000 - made), lastPull: hours(1000 - pulled) }),
          schema.parse({ gate: { warn_after: limit } }),
        );
        expect(told).toHaveLength(Number(made > limit) + Number(pulled > limit));
      },
    ),
  );
});

test('a run tells what was late before it: not that it was late itself', () => {
  const history = someRuns(3, (i) => ({ finished: hours(i) }));
  const run = aRun({ started: hours(200), finished: hours(201) });
  expect(lateBefore(run, history, settings)).toEqual([
    'no backup for 8 days before this run',
    'nobody has ever pulled before this run',
  ]);
  expect(lateBefore(run, [], settings)).toEqual([]);
});
