import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { builtCommand, run, temporaryDirectory } from 'test-kit';
import { describe, expect, test } from 'vitest';
import { judge } from '../src/grammar.ts';
import { serverArguments } from '../src/pull.ts';
import { readCorpus } from './corpus.ts';
import { isAllowedForm, lineArbitrary, mutate } from './reference-grammar.ts';

const gate = builtCommand('rsync-gate');
const runs = process.env.HCOOP_TEST_ALL ? 200_000 : 10_000;

/** What the corpus says is in the root. */
function makeRoot(): string {
  const root = join(temporaryDirectory(), 'staging');
  for (const date of ['2026-11-20', '2026-11-23', '2026-02-30', '2026-11-21', '.work/2026-11-18', 'notes']) {
    mkdirSync(join(root, date), { recursive: true });
    if (!/-21$|notes|work/.test(date)) writeFileSync(join(root, date, 'MANIFEST.json'), '{}');
  }
  symlinkSync('2026-11-20', join(root, '2026-11-22'));
  writeFileSync(join(root, '2026-11-19'), '');
  return root;
}

/** The first words of the reasons that go with a class of the corpus. */
const reasons: Readonly<Record<string, RegExp>> = {
  ok: /^$/,
  empty: /^no command/,
  character: /^a character/,
  spacing: /^words are not/,
  'unknown-command': /^unknown command|^rsync by a path|^\w+ takes no arguments/,
  'not-a-pull': /^not a pull/,
  option: /^option not allowed|^--append more|^secluded/,
  value: /^value not allowed|^option not allowed/,
  secluded: /^secluded/,
  paths: /^not exactly one path|^option not allowed/,
  path: /^not the path/,
  missing: /: no such date$/,
  'not-directory': /: not a directory$/,
  incomplete: /: not complete$/,
};

describe('check answers to the corpus', () => {
  test.each([
    ['one a line', '\n', []],
    ['between NULs', '\0', ['-0']],
  ])('%s', async (_, end, options) => {
    const root = makeRoot();
    const corpus = readCorpus(root).filter(({ line }) => !line.includes(end));
    expect(corpus.length).toBeGreaterThan(1500);
    const input = Buffer.from(corpus.map(({ line }) => line + end).join(''), 'latin1');
    const ended = await run([gate, 'check', ...options, '--root', root], { input });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const answers = ended.stdout.toString().split(end).slice(0, -1);
    expect(answers.length).toBe(corpus.length);
    for (const [i, sample] of corpus.entries()) {
      const [verdict, reason = ''] = answers[i]?.split('	') ?? [];
      expect(verdict, JSON.stringify(sample)).toBe(sample.verdict);
      expect(reason, JSON.stringify(sample)).toMatch(reasons[sample.kind] ?? /never/);
    }
  });
});

describe('the grammar agrees with the reference', () => {
  const root = '/srv/backup/staging';
  const allows = (line: string): boolean => 'request' in judge(line, root);

  test('on every line that is allowed', () => {
    fc.assert(
      fc.property(lineArbitrary(root), (line) => isAllowedForm(line, root) && allows(line)),
      { numRuns: runs },
    );
  });

  test('on lines with mutations: nothing that the reference would not allow is allowed', () => {
    const mutated = mutate(lineArbitrary(root));
    fc.assert(
      fc.property(mutated, (line) => allows(line) === isAllowedForm(line, root)),
      { numRuns: runs },
    );
  });

  test('on anything at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (line) => allows(line) === isAllowedForm(line, root)),
      { numRuns: runs },
    );
  });
});

describe('rsync is started with', () => {
  const args = (...options: string[]) =>
    serverArguments({ kind: 'pull', options, date: '2026-11-20', contents: true }, '/s/2026-11-20', 600);

  test('its options, a time limit, and -- before the rest', () => {
    expect(args('-logDtpre.iLsfxCIvu', '--numeric-ids')).toEqual([
      '--server',
      '--sender',
      '-logDtpre.iLsfxCIvu',
      '--numeric-ids',
      '--timeout=600',
      '--',
      '.',
      '/s/2026-11-20/',
    ]);
  });

  test.each([
    [['--timeout=60'], '--timeout=60'],
    [['--timeout=0'], '--timeout=600'],
    [['--timeout=99999999999999999999'], '--timeout=600'],
    [['--timeout=60', '--timeout=900'], '--timeout=600'],
  ])('%j: %s', (asked, limit) => {
    expect(args(...asked).filter((option) => option.startsWith('--timeout'))).toEqual([limit]);
  });
});
