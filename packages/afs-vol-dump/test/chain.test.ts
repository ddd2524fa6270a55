import { expect, test } from 'vitest';
import { type Dump, nextStep } from '../src/chain.ts';

const full: Dump = { file: 'full', from: 0, to: 100, bytes: 1000 };
const incremental = (from: number, to: number, bytes = 10): Dump => ({ file: 'i', from, to, bytes });
const seen = { created: 1, copied: 2, updated: 90, updates: 5, quota: 0, skew: 0 };
const now = { ...seen, name: 'v', type: 'RW', online: true, needsSalvage: false } as const;

test('a volume that is as it was is linked', () => {
  expect(nextStep([full], seen, now, 6)).toEqual({ kind: 'link' });
});

test.each([
  ['has changed', {}, { updated: 150, updates: 6 }],
  ['was counted to have changed, at the same second', {}, { updates: 6 }],
  [
    'had last changed within the second of its clone, where nothing counts changes',
    { updated: 100, updates: 0 },
    { updated: 100, updates: 0 },
  ],
  ['may have been counted before its clone was made', { updates: undefined }, {}],
])('one that %s is dumped from the last clone on', (_, before, after) => {
  expect(nextStep([full, incremental(100, 100)], { ...seen, ...before }, { ...now, ...after }, 6)).toEqual({
    kind: 'incremental',
    since: 100,
  });
});

test.each([
  ['created', { created: 3 }],
  ['restored by an incremental dump: its counter has gone down', { updated: 150, updates: 4 }],
  ['salvaged: its time has moved, and its counter has not', { updated: 150 }],
  ['copied', { copied: 3 }],
  ['updated before its last clone, at another time than was seen', { updated: 95 }],
  ['updated before that, by a clock that went back', { updated: 80, updates: 9 }],
])('one that was %s is dumped in full', (_, after) => {
  expect(nextStep([full], seen, { ...now, ...after }, 6)).toMatchObject({ kind: 'full' });
});

test('no more dumps stand on a full one than is said, nor more than half of its weight', () => {
  const changed = { ...now, updated: 900, updates: 7 };
  const six = Array.from({ length: 6 }, (_, i) => incremental(100 + i, 101 + i));
  expect(nextStep([full, ...six.slice(1)], seen, changed, 6)).toMatchObject({ kind: 'incremental' });
  expect(nextStep([full, ...six], seen, changed, 6)).toMatchObject({ kind: 'full' });
  expect(nextStep([full, incremental(100, 200, 500)], seen, changed, 6)).toMatchObject({
    kind: 'incremental',
  });
  expect(nextStep([full, incremental(100, 200, 501)], seen, changed, 6)).toMatchObject({ kind: 'full' });
  expect(nextStep([full], seen, changed, 0)).toMatchObject({ kind: 'full' });
});
