import fc from 'fast-check';
import { run } from 'test-kit';
import { expect, test } from 'vitest';
import { argument, displayed, prose } from '../src/mdoc.ts';
import { withoutOverstrikes } from './built.ts';

const formatters = [
  ['mandoc', '-T', 'utf8', '-O', 'width=1000'],
  ['groff', '-mdoc', '-K', 'utf8', '-T', 'utf8', '-P-c', '-rLL=1000n', '-ww'],
];

/** What a reader sees of a page that has this in its middle, without the lines at its top and end. */
async function shown(source: string, formatter: readonly string[]): Promise<string[]> {
  const page = `.Dd November 26, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd x\n.Sh DESCRIPTION\nSTART\n${source}\nEND\n`;
  const { stdout, stderr } = await run(formatter, { input: page });
  expect(stderr).toBe('');
  const lines = withoutOverstrikes(stdout.toString()).split('\n');
  const at = (word: string): number => lines.findIndex((line) => line.includes(word));
  return at('START') === at('END')
    ? [(/START(.*)END/.exec(lines[at('START')] ?? '')?.[1] ?? '').trim()]
    : lines.slice(at('START') + 1, at('END')).filter((line) => line.trim() !== '');
}

const runs = { numRuns: process.env.HCOOP_TEST_ALL ? 1000 : 60 };

test.each(formatters)('%s shows a command line as it was written', async (...formatter) => {
  const line = fc.string({ unit: 'grapheme-ascii', minLength: 1 }).map((text) => `x${text}x`);
  const escaped = fc
    .constantFrom('.Sh x', "'x", '\\fBx', '…', 'é', '-x --y', '`x`', '~x^')
    .map((text) => text);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(line, escaped), { minLength: 1, maxLength: 20 }), async (lines) => {
      const expected = lines.map((each) => each.replaceAll('…', '...').trimEnd());
      const seen = await shown(displayed(lines.join('\n')), formatter);
      expect(seen.map((each) => each.trim())).toEqual(expected.map((each) => each.trim()));
    }),
    runs,
  );
});

test.each(formatters)('%s shows every word of a sentence', async (...formatter) => {
  const core = fc.constantFrom(
    '--root',
    '-R',
    '/etc/fstab',
    'DIR',
    'word',
    '`a word`',
    "it's",
    'a-b',
    '{}',
    '"x"',
    '.x',
    "'x",
  );
  const word = fc
    .tuple(fc.constantFrom('', '('), core, fc.constantFrom('', ',', ')', ').', ':', ';'))
    .map((parts) => parts.join(''));
  const words = fc.array(fc.oneof(word, fc.constantFrom('-', 'Fl', 'No', 'PATHs')), {
    minLength: 1,
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(words, async (all) => {
      const text = all.join(' ');
      const seen = await shown(prose(text, new Set(['DIR'])), formatter);
      expect(seen.join(' ').replaceAll(/\s+/g, ' ')).toBe(text.replaceAll('`', ''));
    }),
    runs,
  );
});

test.each(formatters)('%s takes no argument for a macro or a delimiter', async (...formatter) => {
  for (const text of ['No', 'Fl', '|', '(', '.', 'two words', 'DIR', '-x', '"'])
    expect(await shown(`.Ar ${argument(text)} end`, formatter)).toEqual([`${text} end`]);
});
