import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, node, run, temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';

const pathFilter = builtCommand('path-filter');

function rules(text: string): { directory: string; file: string } {
  const directory = temporaryDirectory();
  const file = join(directory, 'x.rules');
  writeFileSync(file, text, 'latin1');
  return { directory, file };
}

test('keeps what no rule excludes, byte for byte, in order', async () => {
  const { file } = rules('*.log\n/tmp/\n!/var/keep.log\n');
  const input = Buffer.from('/a\r\n/var/x.log\n/var/keep.log\n/tmp/\n/tmp/x\n/caf\xe9\n', 'latin1');
  const ended = await run([pathFilter, '--exclude', file], { input });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout.toString('latin1')).toBe('/a\r\n/var/keep.log\n/caf\xe9\n');
});

test('--invert writes the others', async () => {
  const { file } = rules('*.log');
  const ended = await run([pathFilter, '-0', '--invert', '-e', file], { input: '/a\0/b\n.log\0/c.log\0' });
  expect(ended.stdout.toString()).toBe('/b\n.log\0/c.log\0');
});

test('--explain names file, line and pattern, for every path', async () => {
  const { file } = rules('# why\n*.log\n!keep.log\n');
  const ended = await run([pathFilter, '--explain', '--exclude', file, '/a', '/x.log', '/keep.log']);
  expect(ended.stdout.toString()).toBe(`::\t/a\n${file}:2:*.log\t/x.log\n${file}:3:!keep.log\t/keep.log\n`);
});

test('a directory gives its *.rules in byte order, and the last rule decides', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, '10.rules'), 'x\n');
  writeFileSync(join(directory, '20.rules'), '!x\n');
  writeFileSync(join(directory, '30.rules.bak'), 'x\n');
  expect((await run([pathFilter, '--exclude', directory, '/x'])).stdout.toString()).toBe('/x\n');
});

test('operands with bytes that are not UTF-8 are those bytes', async () => {
  const ended = await run(['bash', '-c', String.raw`exec "$1" "$2" $'/caf\xe9'`, 'bash', node, pathFilter]);
  expect(ended.stdout.toString('latin1')).toBe('/caf\xe9\n');
});

test('the file works copied alone into an empty directory, whatever kind of package is around it', async () => {
  for (const type of [undefined, '{"type":"module"}', '{"type":"commonjs"}']) {
    const directory = join(temporaryDirectory(), 'alone');
    mkdirSync(directory);
    if (type !== undefined) writeFileSync(join(directory, '../package.json'), type);
    copyFileSync(pathFilter, join(directory, 'path-filter'));
    const ended = await run([join(directory, 'path-filter')], { input: '/a\n', cwd: directory });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout.toString()).toBe('/a\n');
  }
});

test('a bad rule is named with its file and line', async () => {
  const { file } = rules('good\n\n[unclosed\n');
  expect(await run([pathFilter, '--exclude', file], { input: '/a\n' })).toMatchObject({
    code: 64,
    stderr: `path-filter: ${file}:3: this rule can never match: [unclosed
path-filter: hint: close the bracket, write one slash for two, or put a backslash before a literal [ or \\\n`,
  });
});

test.each([
  [['--nope'], 64, 'path-filter: usage: unknown argument: nope\npath-filter: hint: see path-filter --help\n'],
  [
    ['--exclude', '/nowhere'],
    64,
    expect.stringContaining('path-filter: /nowhere: no such file or directory\n'),
  ],
  [
    ['--exclude'],
    64,
    expect.stringContaining('path-filter: usage: not enough arguments following: exclude\n'),
  ],
  [
    ['--invert', '--explain'],
    64,
    expect.stringContaining('path-filter: --explain: cannot be combined with --invert\n'),
  ],
])('%j: exit code and one clear message', async (args, code, stderr) => {
  expect(await run([pathFilter, ...args], { input: '' })).toMatchObject({ code, stderr });
});

test('an empty path in the input is a loss, and the others are kept', async () => {
  const ended = await run([pathFilter], { input: '/a\n\n/b\n' });
  expect(ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('path-filter: input: an empty path\n'),
  });
  expect(ended.stdout.toString()).toBe('/a\n/b\n');
});

test('a record that no path can be ends the command', async () => {
  const input = Buffer.concat([Buffer.from('/a\n'), Buffer.alloc(3 << 20, 'x')]);
  expect(await run([pathFilter], { input })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('path-filter: input: a path of more than 1 MiB\n'),
  });
});

test.each([[[]], [['-']]])('operands %j: stdin, whose last path may lack its end', async (operands) => {
  const { file } = rules('/b');
  const ended = await run([pathFilter, '-0', '-e', file, ...operands], { input: '/a\n\0/b\0/c' });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout.toString()).toBe('/a\n\0/c\0');
});

test('the ways to decide give the same, over many blocks', async () => {
  const { file } = rules('*7\n/d/3*/\n!/d/5/x7\n');
  const paths = Array.from({ length: 60_000 }, (_, i) => `/d/${i % 97}/x${i}`).sort();
  const input = paths.map((path) => `${path}\0`).join('');
  const kept = (await run([pathFilter, '-0', '-e', file], { input })).stdout.toString();
  const excluded = (await run([pathFilter, '-0', '--invert', '-e', file], { input })).stdout.toString();
  const explained = (await run([pathFilter, '-0', '--explain', '-e', file], { input })).stdout.toString();
  expect([...kept.split('\0'), ...excluded.split('\0')].sort()).toEqual(['', '', ...paths].sort());
  expect(explained.match(/(?<=(::|:!\S+)\t)[^\0]+/g)).toEqual(kept.slice(0, -1).split('\0'));
});
