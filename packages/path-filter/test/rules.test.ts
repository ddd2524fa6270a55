import { describe, expect, test } from 'vitest';
import { Decider } from '../src/match.ts';
import { parseRules } from '../src/rules.ts';

function decide(rules: string, path: string): string | undefined {
  const { rules: parsed, bad } = parseRules('r', rules);
  expect(bad).toEqual([]);
  return new Decider(parsed).decide(path)?.text;
}

test.each([
  // [rules, path, the rule that decides]
  ['*.log', '/var/x.log', '*.log'],
  ['*.log', '/var/x.log/y', '*.log'],
  ['/var/x', '/var/x', '/var/x'],
  ['/var/x', '/srv/var/x', undefined],
  ['var/x', '/srv/var/x', undefined],
  ['cache/', '/cache', undefined],
  ['cache/', '/cache/', 'cache/'],
  ['cache/', '/a/cache/b', 'cache/'],
  ['/a/*\n!/a/keep', '/a/keep', '!/a/keep'],
  ['/a/\n!/a/keep', '/a/keep', '/a/'],
  ['/a/**/z', '/a/z', '/a/**/z'],
  ['/a/**/z', '/a/b/c/z', '/a/**/z'],
  ['**/z', '/z', '**/z'],
  ['/a/**', '/a/b/c', '/a/**'],
  ['/a/**', '/a/', undefined],
  ['/a?c', '/a/c', undefined],
  ['/[[:digit:]]', '/7', '/[[:digit:]]'],
  ['/[!a]', '/a', undefined],
  ['/[]]', '/]', '/[]]'],
  ['\\#x', '/#x', '\\#x'],
  ['\\!x', '/!x', '\\!x'],
  ['x ', '/x', 'x'],
  ['x\\ ', '/x ', 'x\\ '],
  ['{a,b}', '/a', undefined],
  ['# comment\n\n', '/a', undefined],
  ['caf\xe9', '/caf\xe9', 'caf\xe9'],
  ['a\nb/\na', '/a', 'a'],
  ['x\n!x', '/x', '!x'],
  // Stars at the first wildcard are a pattern of their own for git, and cross directories.
  ['x/a**/b', '/x/ab', 'x/a**/b'],
  ['x/a**/b', '/x/ac/d/b', 'x/a**/b'],
  ['x/a**', '/x/a', 'x/a**'],
  ['!/x/a\n/x/a**', '/x/ab/c', '/x/a**'],
  ['x/?/a**/b', '/x/y/ac/d/b', undefined],
  ['x/?/a**/b', '/x/y/ac/b', 'x/?/a**/b'],
  ['**\\/b', '/b', undefined],
  ['**\\/b', '/a/c/b', '**\\/b'],
  ['/x/a**//b', '/x/a/b', '/x/a**//b'],
  ['/[b-a]', '/b', '/[b-a]'],
  ['/[a-c-e]', '/d', undefined],
  ['/[^]a]', '/]', undefined],
  ['/a*\nb', '/', undefined],
  ['a', 'b//a', 'a'],
  ['/b/a/', '//b///a//', '/b/a/'],
  ['/b/a/', '/b//a', undefined],
])('%j decides on %j by %j', (rules, path, rule) => {
  expect(decide(rules, path)).toBe(rule);
});

test.each(['[a', 'a\\', '/', '!', '[[:nope:]]', '//', 'a//b', '/a//', '//a', '/a/\\/b', 'a\0b'])(
  '%j can never match, and is called bad',
  (line) => {
    expect(parseRules('r', `ok\n${line}\n`).bad).toEqual([{ file: 'r', line: 2, text: line }]);
  },
);

describe('names made to keep rules busy', () => {
  const a = 'a'.repeat(255);
  const deep = `/${'a/'.repeat(2040)}`;

  test.each([
    ['*a*a*a*a*a*a*b', `/${a}`],
    [`*${'a*'.repeat(100)}b`, `/${'a'.repeat(4090)}`],
    [`/x/**/*${'a*'.repeat(100)}b`, `/x/${'y/'.repeat(100)}${a}`],
    ['**/a/**/a/**/a/**/a/**/a/**/a/**/b', `${deep}a`],
    [`${'**/a*a*a/'.repeat(50)}b`, `${deep}a`],
    [`/a**/${'**/*/'.repeat(50)}b`, `${deep}a`],
    [`${'*a*/'.repeat(100)}**/${'*a*a/'.repeat(100)}b`, `/${`${'a'.repeat(18)}/`.repeat(210)}a`],
    [`${'**/[ab]/?/?/?/?/?/?/?/'.repeat(3)}z`, `/${'a/b/b/a/b/a/'.repeat(330)}a`],
  ])('%j', (rule, path) => {
    expect(path.length).toBeLessThan(4097);
    expect(decide(rule, path)).toBeUndefined();
  });

  test('thousands of rules at once', () => {
    const rules = Array.from({ length: 2000 }, (_, i) => `**/a*a/**/?${i}*a/**/b${i}`).join('\n');
    expect(decide(rules, `${deep}a`)).toBeUndefined();
  });

  test('what matches in the end', () => {
    expect(decide('*a*a*a*a*a*b', `/${a.slice(1)}b`)).toBe('*a*a*a*a*a*b');
    expect(decide(`${'**/a/'.repeat(40)}b`, `${deep}b`)).toBe(`${'**/a/'.repeat(40)}b`);
  });
});
