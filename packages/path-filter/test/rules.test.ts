import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';
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
])('%j decides on %j by %j', (rules, path, rule) => {
  expect(decide(rules, path)).toBe(rule);
});

test.each(['[a', 'a\\', '/', '!', '[[:nope:]]'])('%j can never match, and is called bad', (line) => {
  expect(parseRules('r', `ok\n${line}\n`).bad).toEqual([{ file: 'r', line: 2, text: line }]);
});

test('a name made for it does not keep a rule with many stars busy', () => {
  const rules = '*a*a*a*a*a*a*b\n/x/**/*a*a*a*a*a*b\n';
  expect(decide(rules, `/x/${'a'.repeat(255)}`)).toBeUndefined();
  expect(decide(rules, `/x/${'y/'.repeat(100)}${'a'.repeat(255)}`)).toBeUndefined();
  expect(decide(rules, `/x/${'a'.repeat(250)}b`)).toBe('/x/**/*a*a*a*a*a*b');
});

const name = fc.stringMatching(/^[ab.]{1,5}$/).filter((n) => n !== '.' && n !== '..');
const segment = fc.oneof(
  name,
  fc.constantFrom(
    '*',
    '**',
    '?',
    '*a*b',
    '*a*a*',
    'a*?*b',
    '*[ab]*a*',
    'a*',
    '*b',
    '[ab]',
    '[!a]',
    '[a-b]*',
    '\\a',
    '*.*',
    'a**b',
    '[[:alpha:]]',
  ),
);
const rule = fc
  .tuple(
    fc.constantFrom('', '!'),
    fc.constantFrom('', '/'),
    fc.array(segment, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '/'),
  )
  .map(([bang, root, segments, slash]) => bang + root + segments.join('/') + slash);

test('decides as git check-ignore does', () => {
  const directory = temporaryDirectory();
  execFileSync('git', ['init', '-q', directory]);
  const runs = process.env.HCOOP_TEST_ALL ? 300 : 30;
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 8 }),
      fc.uniqueArray(
        fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/')),
        { maxLength: 30 },
      ),
      (rules, paths) => {
        // git looks at the file system for what is a directory: a path that another one lies in becomes one.
        const tree = join(directory, 'tree');
        execFileSync('rm', ['-rf', tree]);
        mkdirSync(tree);
        const directories = new Set(paths.filter((p) => paths.some((other) => other.startsWith(`${p}/`))));
        for (const path of paths)
          mkdirSync(join(tree, directories.has(path) ? path : join(path, '..')), { recursive: true });
        for (const path of paths) if (!directories.has(path)) writeFileSync(join(tree, path), '');
        writeFileSync(join(tree, '.gitignore'), '');
        writeFileSync(join(directory, 'rules'), rules.join('\n'));
        const fed = paths.filter((path) => path !== '.gitignore');
        expect(ours(rules, fed, directories)).toEqual(gits(directory, tree, fed));
      },
    ),
    { numRuns: runs },
  );
});

function ours(
  rules: readonly string[],
  paths: readonly string[],
  directories: ReadonlySet<string>,
): string[] {
  const decider = new Decider(parseRules('r', rules.join('\n')).rules);
  return paths.map((path) => {
    const decision = decider.decide(`/${path}${directories.has(path) ? '/' : ''}`);
    return `${decision?.line ?? ''} ${path}`;
  });
}

/** `git check-ignore -v -n -z`: source, line, pattern and path, each ended by NUL. */
function gits(directory: string, tree: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  execFileSync('git', ['init', '-q', tree]);
  const flags = [
    '-c',
    `core.excludesFile=${join(directory, 'rules')}`,
    'check-ignore',
    '-v',
    '-n',
    '-z',
    '--no-index',
    '--stdin',
  ];
  const args = { cwd: tree, input: paths.map((path) => `${path}\0`).join('') };
  const output = runAllowingOne('git', flags, args).split('\0');
  return paths.map((_, i) => `${output[i * 4 + 1]} ${output[i * 4 + 3]}`);
}

/** check-ignore exits with 1 where no path is ignored. */
function runAllowingOne(
  file: string,
  args: readonly string[],
  options: { cwd: string; input: string },
): string {
  try {
    return execFileSync(file, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] }).toString();
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 1 && 'stdout' in error)
      return String(error.stdout);
    throw error;
  }
}
