import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choosePartsToRewrite, type Limits, type PartUse } from '../src/retain.ts';

const limits: Limits = { archiveSize: 1 << 28, minLive: 0.5 };
const fanIn = 16;

/** Parts over many runs: numbers and weights alone, as a run leaves them to the next. */
class Parts {
  list: PartUse[] = [];
  packedAnew = 0;
  readonly #limits: Limits;
  #number = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** A run that packs so much that is new. */
  run(fresh: number): void {
    const { archiveSize } = this.#limits;
    const packed = fill(fresh, archiveSize);
    const chosen = choosePartsToRewrite(this.list, packed, this.#limits);
    const moved = sum(this.list.filter(({ number }) => chosen.has(number)));
    this.packedAnew += moved;
    const last = packed.pop() ?? 0;
    this.list = this.list.filter(({ number }) => !chosen.has(number));
    for (const weight of [...packed, ...fill(last + moved, archiveSize)])
      this.list.push({ number: ++this.#number, weight, live: weight });
  }
}

function fill(weight: number, archiveSize: number): number[] {
  const full = Array<number>(Math.floor(weight / archiveSize)).fill(archiveSize);
  return weight % archiveSize === 0 ? full : [...full, weight % archiveSize];
}

function sum(parts: readonly PartUse[]): number {
  return parts.reduce((total, { live }) => total + live, 0);
}

/** How many parts that are under half their size there can be: less than `fanIn` in each tier. */
function mostSmall(smallest: number, { archiveSize }: Limits): number {
  const tiers = 1 + Math.floor(Math.log(archiveSize / 2 / Math.max(smallest, 1)) / Math.log(fanIn));
  return fanIn * Math.max(tiers, 1);
}

const aPart = fc
  .tuple(fc.integer({ min: 1, max: 1 << 28 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([weight, share]) => ({ weight, live: Math.floor(weight * share) }));
const someParts = fc
  .array(aPart, { maxLength: 120 })
  .map((parts) => parts.map((part, i) => ({ number: i + 1, ...part })));
const fewWeights = fc.array(fc.integer({ min: 1, max: 1 << 28 }), { maxLength: 40 });

describe('the parts of before that are packed anew', () => {
  test('none, where there are none, or one that is wholly alive', () => {
    expect(choosePartsToRewrite([], [5], limits)).toEqual(new Set());
    expect(choosePartsToRewrite([{ number: 7, weight: 9, live: 9 }], [], limits)).toEqual(new Set());
  });

  test('those that are wholly dead, always', () => {
    fc.assert(
      fc.property(someParts, fewWeights, (parts, packed) => {
        const chosen = choosePartsToRewrite(parts, packed, limits);
        for (const { number, live } of parts) if (live === 0) expect(chosen).toContain(number);
      }),
    );
  });

  test('the least alive first, for not more than one part, or an eighth of all: but one in any case', () => {
    const large = fc.array(
      fc.integer({ min: 1 << 27, max: 1 << 28 }).map((live) => ({ weight: live * 3, live })),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(large, (drawn) => {
        const parts = drawn.map((part, i) => ({ number: i + 1, ...part }));
        const chosen = choosePartsToRewrite(parts, [], limits);
        const moved = parts.filter(({ number }) => chosen.has(number));
        expect(moved.length).toBeGreaterThan(0);
        if (moved.length > 1)
          expect(sum(moved)).toBeLessThanOrEqual(Math.max(limits.archiveSize, sum(parts) / 8));
      }),
    );
  });

  test('under --min-live, and not at it; with 0 none but the dead, with 1 all that anything is dead of', () => {
    const parts = [0, 49, 50, 99, 100].map((live, i) => ({ number: i, weight: 100, live }));
    const chosen = (minLive: number) => [...choosePartsToRewrite(parts, [], { archiveSize: 200, minLive })];
    expect(chosen(0)).toEqual([0]);
    expect(chosen(0.5)).toEqual([0, 1]);
    expect(choosePartsToRewrite(parts, [], { archiveSize: 1000, minLive: 1 })).toEqual(new Set([0, 1, 2, 3]));
  });

  test('so many that a tier never holds as many as make one for the next, what this run packs included', () => {
    fc.assert(
      fc.property(someParts, fewWeights, (parts, packed) => {
        const chosen = choosePartsToRewrite(parts, packed, limits);
        const kept = parts.filter(({ number }) => !chosen.has(number));
        const small = kept.filter(({ live }) => live < limits.archiveSize / 2).map(({ live }) => live);
        expect(small.length).toBeLessThan(mostSmall(Math.min(...small), limits));
      }),
    );
  });
});

describe('over many runs', () => {
  test.each([
    ['of one small change each', 2000, () => 5000],
    ['of changes of every size', 1000, (i: number) => 1 + ((i * 7_919_113) % 40_000_000)],
    ['of which each fills some archives', 60, () => 700_000_000],
    ['of which some change nothing', 1000, (i: number) => (i % 3 === 0 ? 200_000 : 0)],
  ])(
    '%s: the parts grow with the logarithm, and each byte is packed once more for each tier',
    (_, runs, size) => {
      const parts = new Parts(limits);
      let fresh = 0;
      for (let i = 1; i <= runs; i += 1) {
        parts.run(size(i));
        fresh += size(i);
        expect(sum(parts.list)).toBe(fresh);
        const small = parts.list.filter(({ live }) => live < limits.archiveSize / 2).map(({ live }) => live);
        expect(small.length).toBeLessThanOrEqual(mostSmall(Math.min(...small), limits));
        expect(parts.list.length - small.length).toBeLessThanOrEqual(fresh / (limits.archiveSize / 2));
      }
      const tiers = 2 + Math.log(limits.archiveSize) / Math.log(fanIn);
      expect(parts.packedAnew).toBeLessThanOrEqual(tiers * fresh);
    },
  );

  test('whatever they change, every part ends up kept or packed anew, and nothing is lost', () => {
    const changes = fc.array(fc.integer({ min: 0, max: 1 << 20 }), { maxLength: 200 });
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 1 << 16 }), (sizes, archiveSize) => {
        const parts = new Parts({ archiveSize, minLive: 0.5 });
        for (const size of sizes) parts.run(size % (archiveSize * 3));
        expect(sum(parts.list)).toBe(sizes.reduce((total, size) => total + (size % (archiveSize * 3)), 0));
        for (const { weight } of parts.list) expect(weight).toBeLessThanOrEqual(archiveSize);
      }),
      { numRuns: 50 },
    );
  });
});
