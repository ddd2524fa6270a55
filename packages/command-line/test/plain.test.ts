import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commonOptions, nullOption, type OptionTable } from '../src/options.ts';
import { parsePlain } from '../src/plain.ts';
import { parseWithYargs } from '../src/yargs.ts';

const options = {
  ...nullOption,
  root: { type: 'text', alias: 'r', value: 'DIR', describe: 'a single value' },
  rule: { type: 'list', value: 'FILE', describe: 'many values' },
  keep: { type: 'count', value: 'N', describe: 'a number', default: 2 },
} as const satisfies OptionTable;
const table: OptionTable = { ...options, ...commonOptions };
const command = { name: 'x', summary: 'x', synopsis: [''], options, examples: [] };

const words = [
  '--root',
  '-r',
  '--rule',
  '--keep',
  '-0',
  '--null',
  '-v',
  '-q',
  '--',
  '-',
  '',
  'a',
  '7',
  '-7',
  '--root=x',
  '-rx',
  '-0v',
  '--nope',
  '--no-null',
  '/a b',
  '\xe9',
  '--help',
  '--version',
  '.',
];

test('where it parses a command line at all, yargs parses it to the same', async () => {
  let plain = 0;
  const check = async (args: string[]): Promise<void> => {
    const parsed = parsePlain(table, args);
    if (parsed === undefined) return;
    plain += 1;
    const judged = await parseWithYargs(command, table, args);
    expect(parsed.operands).toEqual(judged.operands);
    for (const name of Object.keys(table)) {
      const given = [judged.values[name] ?? []].flat();
      expect([parsed.values[name] ?? []].flat(), name).toEqual(given);
    }
  };
  await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom(...words), { maxLength: 6 }), check), {
    numRuns: 2000,
  });
  expect(plain).toBeGreaterThan(100);
});
