import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  boundByModes,
  builtCommand,
  inMountNamespace,
  mountLoop,
  node,
  run,
  temporaryDirectory,
} from 'test-kit';
import { expect, test } from 'vitest';

const dpkgOrphans = builtCommand('dpkg-orphans');

/** The directories above one, as records: they come first, for their owner and mode. */
function above(directory: string, terminator = '\n'): string {
  const names = directory.split('/').slice(0, -1);
  return names.map((_, i) => `${names.slice(0, i + 1).join('/')}/${terminator}`).join('');
}

test('an unowned tree comes whole, in byte order, parents first, directories with a slash', async () => {
  const directory = temporaryDirectory();
  execFileSync('bash', [
    '-c',
    String.raw`cd "$1"; mkdir a a/b a.d; touch a/b/x a-c a.d/y $'a/\xe9' $'cr\r'; ln -s a link`,
    'bash',
    directory,
  ]);
  const ended = await run([dpkgOrphans, directory]);
  const names = ['a-c', 'a.d/', 'a.d/y', 'a/', 'a/b/', 'a/b/x', 'a/\xe9', 'cr\r', 'link'];
  expect(ended.code).toBe(0);
  const expected = above(directory) + ['', ...names].map((name) => `${directory}/${name}\n`).join('');
  expect(ended.stdout.toString('latin1')).toBe(expected);
});

test('a newline in a name cannot go out line by line: it is named, and everything else goes out', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'a\nb'), '');
  writeFileSync(join(directory, 'c'), '');
  const lines = await run([dpkgOrphans, directory]);
  expect(lines.code).toBe(1);
  expect(lines.stdout.toString()).toBe(`${above(directory)}${directory}/\n${directory}/c\n`);
  expect(lines.stderr).toContain(`dpkg-orphans: ${directory}/a\\nb: a newline in the name`);
  const nul = await run([dpkgOrphans, '-0', directory]);
  expect(nul).toMatchObject({ code: 0, stderr: '' });
  expect(nul.stdout.toString()).toBe(
    `${above(directory, '\0')}${directory}/\0${directory}/a\nb\0${directory}/c\0`,
  );
});

test('a directory that cannot be read is a loss, by name', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'closed'), { mode: 0 });
  const ended = await run([...boundByModes, dpkgOrphans, directory]);
  expect(ended).toMatchObject({
    code: 1,
    stderr: `dpkg-orphans: ${directory}/closed/: not read: permission denied\n`,
  });
  expect(ended.stdout.toString()).toBe(`${above(directory)}${directory}/\n${directory}/closed/\n`);
});

test('a mounted pseudo file system and a bind mount are not entered, and -v says so', async () => {
  const directory = temporaryDirectory();
  const script = `
    cd "$1"; mkdir ram data bound again; touch data/x
    mount -t tmpfs none ram; touch ram/inside; mount --bind data bound; mount --bind data again
    exec "$2" "$3" -v "$1"`;
  const ended = await run(inMountNamespace(script, directory, node, dpkgOrphans));
  expect(ended.code, ended.stderr).toBe(0);
  const paths = ended.stdout.toString().split('\n');
  for (const path of ['again/', 'bound/', 'data/', 'data/x', 'ram/'])
    expect(paths).toContain(`${directory}/${path}`);
  for (const path of ['ram/inside', 'again/x']) expect(paths).not.toContain(`${directory}/${path}`);
  expect(ended.stderr).toContain(`${directory}/again/: not entered: a bind mount`);
  expect(ended.stderr).toContain(`${directory}/ram/: not entered: a tmpfs file system`);
});

test('a mount is entered where it was asked for, or where nothing else of the walk shows what is in it', async () => {
  const directory = temporaryDirectory();
  const script = `
    cd "$1"; mkdir data bound ram tree tree/in other; touch data/x
    mount --bind data bound; mount -t tmpfs none ram; touch ram/y; mount --bind data tree/in
    mkdir ram/z; mount --bind other ram/z; touch other/o
    for root in bound ram tree; do "$2" "$3" "$1/$root"; done`;
  const ended = await run(inMountNamespace(script, directory, node, dpkgOrphans));
  expect(ended.code, ended.stderr).toBe(0);
  const paths = ended.stdout.toString().split('\n');
  for (const path of ['bound/x', 'ram/y', 'ram/z/o', 'tree/in/x'])
    expect(paths).toContain(`${directory}/${path}`);
});

test('a file system that keeps no types in its directories is walked whole', async ({ skip }) => {
  const directory = temporaryDirectory();
  const mounted = join(directory, 'm');
  mkdirSync(mounted);
  if (!mountLoop(join(directory, 'image'), mounted, '-O', '^filetype'))
    skip('no loop devices on this machine');
  execFileSync('bash', [
    '-c',
    String.raw`cd "$1"; rmdir lost+found; mkdir -p $'l\xe9/sub' é; touch $'l\xe9/f' é/g h`,
    'bash',
    mounted,
  ]);
  const ended = await run([dpkgOrphans, mounted]);
  const names = ['', 'h', 'l\xe9/', 'l\xe9/f', 'l\xe9/sub/', '\xc3\xa9/', '\xc3\xa9/g'];
  expect(ended.stdout.toString('latin1')).toBe(
    above(mounted) + names.map((name) => `${mounted}/${name}\n`).join(''),
  );
});

test('directories above several roots come once', async () => {
  const directory = temporaryDirectory();
  for (const name of ['a', 'b']) mkdirSync(join(directory, name));
  const ended = await run([dpkgOrphans, join(directory, 'a'), join(directory, 'b')]);
  expect(ended.stdout.toString()).toBe(`${above(`${directory}/a`)}${directory}/a/\n${directory}/b/\n`);
});

test('roots: a link is found and followed, one inside another is walked once, and a file may be one', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'real/inner'), { recursive: true });
  symlinkSync('real', join(directory, 'link'));
  const ended = await run([dpkgOrphans, join(directory, 'real/inner'), join(directory, 'link')]);
  expect(ended.stdout.toString()).toBe(
    `${above(`${directory}/real`)}${directory}/link\n${directory}/real/\n${directory}/real/inner/\n`,
  );
  writeFileSync(join(directory, 'file'), '');
  expect((await run([dpkgOrphans, join(directory, 'file')])).stdout.toString()).toBe(
    `${above(`${directory}/file`)}${directory}/file\n`,
  );
});
