import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';
import { ChainReader } from '../src/chain-reader.ts';
import { DumpCheck } from '../src/dump-check.ts';
import { mergeDumps } from '../src/merge.ts';
import { type MadeDump, type MadeVnode, makeDump } from './dump-files.ts';

const contents = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const numbers = fc.integer({ min: 1, max: 3000 });

/** What happens to a volume between one dump and the next: some vnodes are written, some removed. */
const rounds = fc.array(
  fc.record({ written: fc.array(fc.tuple(numbers, contents), { maxLength: 8 }), removed: fc.array(numbers) }),
  { minLength: 1, maxLength: 5 },
);

/** The dumps of a volume's history, and what its whole is at the end. */
function makeHistory(history: readonly { written: [number, Buffer][]; removed: number[] }[]) {
  const vnodes = new Map<number, { uniquifier: number; content: Buffer }>([
    [1, { uniquifier: 1, content: Buffer.from('root') }],
  ]);
  let uniquifier = 1;
  const dumps = history.map(({ written, removed }, round): MadeDump => {
    for (const number of removed) if (number !== 1) vnodes.delete(number);
    const changed = new Set<number>();
    for (const [number, content] of written) {
      const old = vnodes.get(number);
      uniquifier += 1;
      vnodes.set(number, { uniquifier: old?.uniquifier ?? uniquifier, content });
      changed.add(number);
    }
    const all = [...vnodes].map(
      ([number, vnode]): MadeVnode => ({
        ...{ number, uniquifier: vnode.uniquifier },
        content: round === 0 || changed.has(number) ? vnode.content : undefined,
      }),
    );
    return { from: round * 10, to: round * 10 + 10, updated: round * 10 + 5, vnodes: all };
  });
  const last = dumps.at(-1) as MadeDump;
  const whole = [...vnodes].map(([number, vnode]) => ({ number, ...vnode }));
  return { dumps, whole: makeDump({ ...last, from: 0, vnodes: whole }) };
}

function read(dumps: readonly Buffer[]): ChainReader {
  const directory = temporaryDirectory();
  const files = dumps.map((bytes, index) => {
    const name = join(directory, String(index));
    writeFileSync(name, bytes);
    return { name, file: openSync(name, 'r') };
  });
  return new ChainReader(files);
}

function merge(dumps: readonly Buffer[]): Buffer {
  return Buffer.concat([...mergeDumps(read(dumps))]);
}

test('a chain of dumps becomes the one full dump that the volume would have given at its end', () => {
  fc.assert(
    fc.property(rounds, (history) => {
      const { dumps, whole } = makeHistory(history);
      expect(merge(dumps.map(makeDump)).equals(whole)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

const chain = makeHistory([
  {
    written: [
      [2, Buffer.from('two')],
      [4, Buffer.from('four')],
    ],
    removed: [],
  },
  { written: [[2, Buffer.from('changed')]], removed: [] },
  { written: [[6, Buffer.from('new')]], removed: [4] },
]).dumps;

test.each([
  ['the full one', [1, 2], /not a full dump/],
  ['one in the middle', [0, 2], /does not follow the dump before it/],
])('a chain without %s is refused', (_, kept, why) => {
  expect(() => merge(kept.map((index) => makeDump(chain[index] as MadeDump)))).toThrow(why);
});

test('a chain in which no dump has the content of a vnode is refused', () => {
  const [full, ...rest] = chain as [MadeDump, ...MadeDump[]];
  const lacking = { ...full, vnodes: full.vnodes.filter(({ number }) => number !== 2) };
  expect(() =>
    read([lacking, ...rest.slice(1).map((dump) => ({ ...dump, from: 10 }))].map(makeDump)),
  ).toThrow(/vnode 2\.2 has its content in no dump/);
});

test('a dump that is cut anywhere is no dump, nor is one with a byte of its marks changed', () => {
  const bytes = makeDump(chain[0] as MadeDump);
  for (let length = 0; length < bytes.length; length += 1) {
    expect(() => merge([bytes.subarray(0, length)]), String(length)).toThrow();
    expect(() => check([bytes.subarray(0, length)]), String(length)).toThrow();
  }
  for (const at of [0, 4, bytes.length - 5, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] as number) ^ 1;
    expect(() => merge([changed])).toThrow();
    expect(() => check([changed])).toThrow();
  }
});

function check(chunks: Iterable<Buffer>) {
  const passing = new DumpCheck('user.ann');
  for (const chunk of chunks) passing.pass(chunk);
  return passing.finish();
}

test('however its bytes come, the check of a dump says the same', () => {
  const bytes = makeDump({ ...(chain[1] as MadeDump), updated: 17 });
  const whole = check([bytes]);
  expect(whole).toMatchObject({ name: 'user.ann', from: 10, to: 20, parent: 5, updated: 17 });
  expect(check([...bytes].map((byte) => Buffer.of(byte)))).toEqual(whole);
});
