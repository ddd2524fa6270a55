import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  builtCommand,
  describeTree,
  keyPair,
  node,
  processesWith,
  run,
  start,
  temporaryDirectory,
  until,
} from 'test-kit';
import { describe, expect, onTestFinished, test } from 'vitest';

const rules = join(import.meta.dirname, '../scripts/etc/exclude.d');
const commands = {
  NODE: node,
  ORPHANS: builtCommand('dpkg-orphans'),
  FILTER: builtCommand('path-filter'),
  ENCRYPT: builtCommand('encrypt-tar'),
};

/** Runs a line of bash in a directory; the commands are in variables. */
function shell(line: string, cwd: string, env: Record<string, string> = {}) {
  return run(['bash', '--norc', '-c', line], { cwd, env: { ...commands, ...env } });
}

test('dpkg-orphans | path-filter | encrypt-tar, opened by age, zstd and tar', async () => {
  const directory = temporaryDirectory();
  const { identity, recipients } = keyPair(directory);
  const made = await shell(
    `set -o pipefail
     "$NODE" "$ORPHANS" -q -0 /etc | "$NODE" "$FILTER" -0 --exclude ${rules} | tee list |
       "$NODE" "$ENCRYPT" -0 -R ${recipients} -o x.tar.zst.age`,
    directory,
  );
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(made.stdout.toString()).toBe('x.tar.zst.age\0');
  const opened = await shell(
    `set -o pipefail; age -d -i ${identity} x.tar.zst.age | zstd -d | tar -t --quoting-style=literal`,
    directory,
  );
  const selected = readFileSync(join(directory, 'list'), 'latin1').split('\0').slice(0, -1);
  expect(opened.code).toBe(0);
  expect(opened.stdout.toString('latin1').split('\n').sort()).toEqual(
    ['', ...selected.map((path) => path.slice(1) || './')].sort(),
  );
  expect(selected).toContain('/etc/shadow');
  expect(selected).not.toContain('/etc/ld.so.cache');
});

test('names that break lines, shells and terminals go through the whole pipeline', async () => {
  const directory = temporaryDirectory();
  const tree = join(directory, 'tree');
  mkdirSync(tree);
  const names = [
    'a\nb',
    'c\rd',
    'e\xe9f',
    '-rf',
    '--',
    ' ',
    '$(touch x)',
    '*',
    '\\',
    'n'.repeat(255),
    '\x1b[2J',
    '\xff\xfe',
  ];
  for (const name of names) writeFileSync(Buffer.from(`${tree}/${name}`, 'latin1'), name);
  const made = await shell(
    'set -o pipefail; "$NODE" "$ORPHANS" -0 tree | "$NODE" "$FILTER" -0 | "$NODE" "$ENCRYPT" -0 --cipher none -d out',
    directory,
  );
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const restored = await run([
    commands.ENCRYPT,
    '--extract',
    '--to',
    join(directory, 'to'),
    '-d',
    join(directory, 'out'),
  ]);
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  expect(describeTree(join(directory, 'to', tree))).toEqual(describeTree(tree));
});

describe('a reader that closes', () => {
  test('after all was written, it is no matter', async () => {
    const ended = await shell(
      String.raw`printf 'a\nb\n' | "$NODE" "$FILTER" | head -1; echo "${'$'}{PIPESTATUS[*]}"`,
      '/',
    );
    expect(ended.stdout.toString()).toBe('a\n0 0 0\n');
    expect(ended.stderr).toBe('');
  });

  test.each([
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: bash fills these in
    ['path-filter', 'yes /some/path | "$NODE" "$FILTER" | head -1 >/dev/null; echo "${PIPESTATUS[1]}"'],
    ['dpkg-orphans', '"$NODE" "$ORPHANS" / | head -1 >/dev/null; echo "${PIPESTATUS[0]}"'],
    [
      'encrypt-tar -o -',
      'head -c 20000000 /dev/urandom >big; "$NODE" "$ENCRYPT" --cipher none -o - big | head -c 1 >/dev/null; echo "${PIPESTATUS[0]}"',
    ],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: bash fills these in
  ])('before the end: %s ends with 141, and says nothing', async (_, line) => {
    const ended = await shell(line, temporaryDirectory());
    expect(ended.stdout.toString()).toBe('141\n');
    expect(ended.stderr).toBe('');
  });

  test('a full device is a failure, and named', async () => {
    const ended = await shell('echo /a | "$NODE" "$FILTER" >/dev/full', '/');
    expect(ended).toMatchObject({
      code: 2,
      stderr: 'path-filter: standard output: no space left on device\n',
    });
  });
});

test.each(['FILTER', 'ORPHANS', 'ENCRYPT'])(
  '%s leaves the pipe behind its stdout in blocking mode',
  async (name) => {
    const line = `{ "$NODE" "$${name}" --version; grep ^flags /proc/self/fdinfo/1; } | cat`;
    expect((await shell(line, '/')).stdout.toString()).toMatch(/^flags:\t0*[0-3]?\d{0,3}$/m); // O_NONBLOCK is 04000
  },
);

describe('on a terminal', () => {
  test('an archive is refused on stdout', async () => {
    const line = `script -qec '"$NODE" "$ENCRYPT" --cipher none -o - /etc/hostname' /dev/null`;
    const ended = await shell(line, temporaryDirectory());
    expect(ended.code).toBe(64);
    expect(ended.stdout.toString()).toContain('encrypt-tar: standard output: is a terminal');
  });

  test('long work shows a line of progress, and takes it away again', async () => {
    const line = `script -qec 'stty cols 80 rows 24; "$NODE" "$ORPHANS" -0 /usr >/dev/null' /dev/null`;
    const ended = await shell(line, temporaryDirectory());
    expect(ended.code).toBe(0);
    expect(ended.stdout.toString()).toMatch(/dpkg-orphans: \d+ directories/);
    const afterIt = ended.stdout
      .toString()
      .split(/\d+ directories, /)
      .at(-1);
    expect(afterIt?.split('dpkg-orphans: ')[0]).toContain('[2K'); // erased before anything else is said
  });
});

describe('a signal', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('%s ends a command that waits for its input, with %d', async (signal, code) => {
    const { child, ended } = startWaiting([commands.FILTER]);
    child.stdin?.write('/a\n');
    await new Promise((resolve) => child.stdout?.once('data', resolve)); // it has read and written
    child.kill(signal);
    expect(await ended).toMatchObject({
      code,
      signal: null,
      stderr: `path-filter: interrupted: ${signal}\n`,
    });
  });

  test('SIGTERM ends encrypt-tar and its children, and leaves no file', async () => {
    const directory = temporaryDirectory();
    const { recipients } = keyPair(directory);
    const { child, ended } = startWaiting([commands.ENCRYPT, '-R', recipients, '-o', join(directory, 'x')]);
    child.stdin?.write(`${directory}\n`);
    await until(() => readdirSync(directory).some((name) => name.endsWith('.partial')));
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 143, stderr: 'encrypt-tar: interrupted: SIGTERM\n' });
    expect(readdirSync(directory).sort()).toEqual(['identity.txt', 'recipients.txt']);
    expect(processesWith(recipients)).toEqual([]);
  });

  test('SIGKILL takes the children with it, even one that never looks at its pipes', async () => {
    const directory = temporaryDirectory();
    const deaf = `1000.${process.pid}`; // seconds, and a number to know it by
    writeFileSync(join(directory, 'zstd'), `#!/bin/sh\nexec sleep ${deaf}\n`, { mode: 0o755 });
    const path = `${directory}:${process.env.PATH}`;
    const argv = [commands.ENCRYPT, '--cipher', 'none', '-o', join(directory, 'x')];
    const { child, ended } = start(argv, { keepOpen: true, env: { PATH: path } });
    onTestFinished(() => processesWith(deaf).forEach((pid) => void process.kill(Number(pid), 'SIGKILL')));
    await until(() => processesWith(`sleep ${deaf}`).length > 0);
    child.kill('SIGKILL');
    await ended;
    await until(() => processesWith(deaf).length === 0);
    expect(readdirSync(directory)).not.toContain('x');
  });

  test('a command whose reader has stopped reading can still be ended', async () => {
    const ended = await shell(
      `mkfifo pipe; sleep 1000 <pipe & reader=$!
       yes /some/path | { exec "$NODE" "$FILTER" >pipe; } & writer=$!
       until grep -Eqs '^[0-9]+ 0x1 ' /proc/$writer/task/*/syscall; do :; done # a write to fd 1 that does not return
       kill -TERM $writer; wait $writer; echo $?; kill $reader`,
      temporaryDirectory(),
    );
    expect(ended.stdout.toString()).toBe('143\n');
  });
});

/** Starts a command whose stdin stays open. */
function startWaiting(argv: readonly string[]) {
  return start(argv, { keepOpen: true });
}
