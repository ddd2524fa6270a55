import { expect, test } from 'vitest';
import { type Command, CommandError, nullOption, type OptionTable } from '../src/index.ts';
import { parseArguments } from '../src/parse.ts';

const options = {
  ...nullOption,
  output: { type: 'text', alias: 'o', value: 'FILE', describe: 'where to' },
  rule: { type: 'list', alias: 'r', value: 'FILE', describe: 'rules' },
  keep: { type: 'count', value: 'N', describe: 'how many', default: 2 },
  cipher: { type: 'text', value: 'NAME', describe: 'which', choices: ['age', 'none'], default: 'age' },
} as const satisfies OptionTable;
const command: Command<typeof options> = {
  name: 'example',
  summary: 'is an example',
  synopsis: ['[-0] [-o FILE] [PATH…]'],
  options,
  examples: [['example -o x y', 'does it']],
};

async function parse(...args: string[]) {
  const parsed = await parseArguments(command, args);
  if (parsed.kind !== 'run') throw new Error(parsed.kind);
  return parsed;
}

test.each([[['--version']], [['-0', '--version']], [['--version=true']]])(
  '%j asks for the version',
  async (args) => {
    expect(await parseArguments(command, args)).toEqual({ kind: 'version' });
  },
);

test('options and operands in any order, operands as bytes', async () => {
  const { options, operands } = await parse(
    'a\xe9',
    '-0',
    '-o',
    '-',
    '-r',
    'x',
    '--rule=y',
    '--',
    '-z',
    '-0',
  );
  expect(options).toMatchObject({
    null: true,
    output: '-',
    rule: ['x', 'y'],
    keep: 2,
    cipher: 'age',
    quiet: false,
  });
  expect(operands).toEqual(['a\xe9', '-z', '-0']);
});

test('option values are text: UTF-8, or a usage error', async () => {
  expect((await parse('-o', 'caf\xc3\xa9')).options.output).toBe('café');
  await expect(parse('-o', 'caf\xe9')).rejects.toThrow('--output: the value is not valid UTF-8');
});

test('nothing was given: every option has its default', async () => {
  const { options, operands } = await parse();
  expect(options).toMatchObject({ null: false, rule: [], keep: 2, output: undefined });
  expect(operands).toEqual([]);
});

test('operands that look like numbers stay what they are', async () => {
  expect((await parse('007', '1e3', '0x10')).operands).toEqual(['007', '1e3', '0x10']);
});

test.each([
  [['--nope'], 'usage: unknown argument: nope'],
  [['--no-null'], 'usage: unknown argument: no-null'],
  [['-o', 'a', '-o', 'b'], '--output: given more than once'],
  [['-o'], 'usage: not enough arguments following: o'],
  [['--keep', 'many'], '--keep: not a whole number: many'],
  [['--keep', '-1'], '--keep: not a whole number: -1'],
  [['--keep', 'NaN'], '--keep: not a whole number: NaN'],
  [['--cipher', 'rot13'], '--cipher: unknown value: rot13'],
])('%j is a usage error', async (args, message) => {
  const error = await parse(...args).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CommandError);
  expect(error).toMatchObject({ message, exitCode: 64 });
});

test('the help fits a screen, and has the options, an example and the exit codes', async () => {
  const help = await parseArguments(command, ['--help']);
  if (help.kind !== 'help') throw new Error(help.kind);
  expect(help.text.split('\n').length).toBeLessThan(25);
  for (const part of [
    'example: is an example',
    '-o, --output',
    'FILE: where to',
    'example -o x y',
    'Exit status',
  ])
    expect(help.text).toContain(part);
});
