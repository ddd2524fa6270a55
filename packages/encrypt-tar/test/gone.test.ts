import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GoneList } from '../src/gone.ts';

const name = fc.constantFrom('a', 'b', 'a.d', 'a-d', 'a0', '\x01', '\xff', ' ');
const path = fc.array(name, { maxLength: 4 }).map((names) => `/${names.join('/')}`);
const records = fc
  .uniqueArray(fc.record({ path, gone: fc.boolean() }), { selector: (record) => record.path, maxLength: 30 })
  .map((drawn) => drawn.sort((a, b) => (a.path < b.path ? -1 : 1)));

/** The directories above a path, but for the top. */
function above(path: string): string[] {
  const parent = posix.dirname(path);
  return parent === '/' ? [] : [parent, ...above(parent)];
}

describe('the list of the deleted', () => {
  test('is what is gone, and the directories above, as far as nothing alive is there or below', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (drawn) => {
        const listed: string[] = [];
        const list = new GoneList(async (one) => void listed.push(one.path));
        for (const record of drawn)
          await (record.gone ? list.gone({ path: record.path, parts: '1' }) : list.alive(record.path));
        await list.end();
        const alive = drawn.filter((record) => !record.gone).map((record) => record.path);
        const isAbove = (one: string) =>
          alive.some((other) => other.startsWith(one === '/' ? '/' : `${one}/`));
        const gone = drawn.filter((record) => record.gone).map((record) => record.path);
        const expected = new Set(gone.flatMap((one) => [one, ...above(one)]));
        expect(listed.sort()).toEqual(
          [...expected].filter((one) => !alive.includes(one) && !isAbove(one)).sort(),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('waits for whoever takes it', async () => {
    let taken = 0;
    const list = new GoneList(async () => {
      await Promise.resolve();
      taken += 1;
    });
    for (const one of ['/a', '/b', '/c']) await list.gone({ path: one, parts: '1' });
    await list.end();
    expect(taken).toBe(3);
  });
});
