import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';
import { explanation } from '../src/explain.ts';
import { Decider } from '../src/match.ts';
import { parseRules } from '../src/rules.ts';
import { path, ruleFile } from './generate.ts';

const trees = process.env.HCOOP_TEST_ALL ? 10 : 2;
const pathsInTree = 400;
const rulesToTree = process.env.HCOOP_TEST_ALL ? 500 : 250;

interface Tree {
  readonly directory: string;
  readonly rules: string;
  readonly paths: readonly string[];
  readonly directories: ReadonlySet<string>;
}

/** Git asks the file system what is a directory, and for nothing else: the files are not made. */
function makeTree(seed: number): Tree {
  const top = temporaryDirectory();
  const directory = join(top, 'tree');
  execFileSync('git', ['init', '-q', directory]);
  const paths = [...new Set(fc.sample(path, { seed, numRuns: pathsInTree }))];
  const directories = new Set(
    paths.flatMap((one) => [...one.matchAll(/\//g)].map(({ index }) => one.slice(0, index))),
  );
  for (const one of directories) mkdirSync(Buffer.from(`${directory}/${one}`, 'latin1'), { recursive: true });
  return {
    directory,
    rules: join(top, 'rules'),
    paths: [...new Set([...paths, ...directories])],
    directories,
  };
}

test('decides and explains as git check-ignore does', () => {
  let cases = 0;
  let decided = 0;
  for (let seed = 1; seed <= trees; seed += 1) {
    const tree = makeTree(seed);
    fc.assert(
      fc.property(ruleFile(tree.paths), (rules) => {
        const theirs = gits(tree, rules);
        const differences = ours(tree, rules).flatMap((one, i) =>
          one === theirs[i] ? [] : [{ ours: one, git: theirs[i] }],
        );
        expect(differences.slice(0, 3)).toEqual([]);
        cases += theirs.length;
        decided += theirs.filter((one) => !one.startsWith('::')).length;
      }),
      { numRuns: rulesToTree },
    );
  }
  // So that nobody weakens the generator unseen: a rule that matches nothing proves little.
  expect(cases).toBeGreaterThan(trees * rulesToTree * pathsInTree);
  expect(decided / cases).toBeGreaterThan(0.2);
});

function ours({ paths, directories, rules: file }: Tree, rules: string): string[] {
  const decider = new Decider(parseRules(file, rules).rules);
  return paths.map((one) => {
    const decision = decider.decide(`/${one}${directories.has(one) ? '/' : ''}`);
    return explanation(decision, one);
  });
}

/** `git check-ignore -v -n -z`: source, line, pattern and path, each ended by NUL. */
function gits({ directory, paths, rules: file }: Tree, rules: string): string[] {
  writeFileSync(file, rules, 'latin1');
  const flags = [
    '-c',
    `core.excludesFile=${file}`,
    'check-ignore',
    '-v',
    '-n',
    '-z',
    '--no-index',
    '--stdin',
  ];
  const input = Buffer.from(paths.map((one) => `./${one}\0`).join(''), 'latin1');
  const { status, stdout, stderr } = spawnSync('git', flags, { cwd: directory, input });
  expect({ status, stderr: stderr.toString() }).toEqual({
    status: expect.toSatisfy((code) => code <= 1),
    stderr: '',
  });
  const fields = stdout.toString('latin1').split('\0');
  return paths.map((_, i) => `${fields.slice(4 * i, 4 * i + 3).join(':')}\t${fields[4 * i + 3]?.slice(2)}`);
}
