import { expect, test } from 'vitest';
import type { Header, Listed } from '../src/listed.ts';
import { takeStock, unexplained, type Volume } from '../src/stock.ts';

const header: Header = {
  ...{ name: 'v', type: 'RW' as const, online: true, needsSalvage: false },
  ...{ created: 1, copied: 1, updated: 1, updates: 1, quota: 0 },
};
const at = { server: 's', partition: '/vicepa' } as const;
const listed = (id: number, name: string, partition: string = at.partition): Listed => ({
  ...{ id, server: 's', partition, status: 'OK' as const },
  header: { ...header, name },
});
const entry = (name: string, id: number, others: number[] = []) => ({
  name,
  readWrite: id,
  site: at,
  others,
});
const conditions = (volumes: readonly Volume[]) =>
  volumes.map(({ name, id, condition }) => [name, id, condition]);

test('a read-write volume does not vanish whose number an entry has as that of its copy', () => {
  // As after the VLDB was restored from a backup of before, and has given the number away once more.
  const inventory = { entries: [entry('new', 6, [7])], listed: [listed(7, 'lost')] };
  expect(unexplained(inventory)).toEqual([7]);
  const { volumes } = takeStock({ ...inventory, elsewhere: new Map() }, () => true);
  expect(conditions(volumes)).toEqual([
    ['lost', 7, 'unlisted'],
    ['new', 6, 'missing'],
  ]);
});

test('of two volumes of one name, the one in the VLDB is that', () => {
  const inventory = { entries: [entry('v', 6)], listed: [listed(6, 'v'), listed(7, 'v')] };
  const { volumes } = takeStock({ ...inventory, elsewhere: new Map() }, () => true);
  expect(conditions(volumes).sort()).toEqual([
    ['v', 6, 'online'],
    ['v', 7, 'namesake'],
  ]);
});

test('a volume on another partition than the VLDB has it is one volume; what is left over beside it, is another', () => {
  const misplaced = { entries: [entry('v', 6)], listed: [listed(6, 'v', '/vicepb')] };
  expect(conditions(takeStock({ ...misplaced, elsewhere: new Map() }, () => true).volumes)).toEqual([
    ['v', 6, 'misplaced'],
  ]);
  const left = { entries: [entry('v', 6)], listed: [listed(6, 'v'), listed(6, 'v', '/vicepb')] };
  expect(conditions(takeStock({ ...left, elsewhere: new Map() }, () => true).volumes).sort()).toEqual([
    ['v', 6, 'online'],
    ['v', 6, 'stale'],
  ]);
});
