import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filterBlock } from '../src/filter.ts';
import { Decider, excludes } from '../src/match.ts';
import { parseRules } from '../src/rules.ts';

const rules = '*b\n/a/b/\n!/a/c/ab\n/a/**/a/?\nba/\n/b*/*a\n/a/c\xe9*\n[^a-z].b*\n';
const { rules: parsed } = parseRules('r', rules);

/** Paths as `find` gives them and as nobody does: relative, with empty names, the root. */
const path = fc
  .array(fc.constantFrom('/', '/', '/', 'a', 'a', 'b', 'c', 'ab', '\xe9', '.b'), { maxLength: 10 })
  .map((parts) => parts.join(''));

function filter(paths: readonly string[], invert: boolean): { kept: string; empty: number } {
  let empty = 0;
  const block = Buffer.from(paths.map((one) => `${one}\n`).join(''), 'latin1');
  const onEmpty = () => {
    empty += 1;
  };
  const kept = filterBlock(block, new Decider(parsed), invert, onEmpty);
  return { kept: kept.toString('latin1'), empty };
}

test('a block keeps what is decided path by path, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 30 }), fc.boolean(), fc.boolean(), (some, sorted, invert) => {
      const paths = sorted ? some.toSorted() : some;
      const kept = paths.filter((one) => one !== '' && excludes(new Decider(parsed).decide(one)) === invert);
      expect(filter(paths, invert)).toEqual({
        kept: kept.map((one) => `${one}\n`).join(''),
        empty: paths.includes('') ? 1 : 0,
      });
    }),
    { numRuns: 2000 },
  );
});

test('a path longer than any before', () => {
  const long = `/x/${'c/'.repeat(9000)}`;
  expect(filter([`${long}ab`, `${long}c`, `${long}b`, '/a/b/c'], false).kept).toBe(`${long}c\n`);
});
