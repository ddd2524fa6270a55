import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, describeTree, keyPair, run, temporaryDirectory } from 'test-kit';
import { describe, expect, test } from 'vitest';

const encryptTar = builtCommand('encrypt-tar');

/** A tree of a few archives, a far side, and a script of bash that takes what goes there: `$1` is the name. */
function setUp(script: string) {
  const directory = temporaryDirectory();
  const at = (name: string): string => join(directory, name);
  for (const name of ['tree', 'far', 'far/date']) mkdirSync(at(name));
  for (const name of ['a', 'b', 'c'])
    execFileSync('bash', ['-c', `head -c 3000000 /dev/urandom > ${at('tree')}/${name}`]);
  writeFileSync(at('take'), `#!/bin/bash\nfar=${at('far')}\n${script}\n`);
  chmodSync(at('take'), 0o755);
  const { identity, recipients } = keyPair(directory);
  const input = execFileSync('find', [at('tree'), '-print0']);
  const pack = (options: readonly string[], env: Record<string, string> = {}) =>
    run([encryptTar, '-0', '-R', recipients, '--archive-size', '3M', ...options], { input, env });
  const over = ['--move-over', `${at('take')} {}`, '--move-prefix', 'date/'];
  return { at, identity, pack, over };
}

const store = 'exec cat > "$far/$1"';

describe('files that go over to a command', () => {
  test('arrive whole, are listed with their digests, and give the tree back', async () => {
    const { at, identity, pack, over } = setUp(store);
    const ended = await pack(['-d', at('here'), ...over]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(at('here'))).toEqual(['MOVED']);
    const names = readdirSync(at('far/date'));
    expect(names.length).toBeGreaterThan(5);
    expect(ended.stdout.toString().split('\0').sort()).toEqual(['', ...names.map((name) => `date/${name}`)]);
    const list = readFileSync(at('here/MOVED'), 'utf8');
    execFileSync('sha256sum', ['--strict', '--quiet', '-c', '-'], { cwd: at('far/date'), input: list });
    const sizes = execFileSync('find', ['-type', 'f', '-printf', '# %s bytes %P\n'], { cwd: at('far/date') });
    expect(
      list
        .replaceAll(/\n\w{64} \*/g, ' ')
        .split('\n')
        .sort(),
    ).toEqual(sizes.toString().split('\n').sort());
    await run([encryptTar, '--extract', '-i', identity, '--to', at('back'), '-d', at('far/date')]);
    expect(describeTree(join(at('back'), at('tree')))).toEqual(describeTree(at('tree')));
  });

  test('so does a single archive, under the name that it is given', async () => {
    const { at, identity, pack, over } = setUp(store);
    const ended = await pack(['-o', 'all.age', ...over]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout.toString()).toBe('date/all.age\0');
    await run([encryptTar, '--extract', '-i', identity, '--to', at('back'), at('far/date/all.age')]);
    expect(describeTree(join(at('back'), at('tree')))).toEqual(describeTree(at('tree')));
  });

  test('the command sees a home directory, and nothing else of the environment', async () => {
    const { at, pack, over } = setUp(`tr '\\0' '\\n' < /proc/$$/environ > "$far/env"; ${store}`);
    const ended = await pack(['-o', 'x', ...over], { HOME: '/some/home', RCLONE_CONFIG_PASS: 'secret' });
    expect(ended.code, ended.stderr).toBe(0);
    const names = readFileSync(at('far/env'), 'utf8').trim().split('\n');
    expect(names).toContain('HOME=/some/home');
    expect(names.map((line) => line.split('=')[0]).filter((name) => name !== 'TMPDIR')).toEqual([
      'LC_ALL',
      'PATH',
      'HOME',
    ]);
  });
});

describe('the archive has failed when its command', () => {
  const failures: [string, string, string][] = [
    [
      'fails after half',
      'head -c 1000000 >/dev/null; echo no room >&2; exit 3',
      'failed with exit code 3: no room',
    ],
    ['fails after all', 'cat >/dev/null; exit 1', 'failed with exit code 1'],
    [
      'loses its own connection',
      'echo "write: broken pipe" >&2; exit 1',
      'failed with exit code 1: write: broken pipe',
    ],
    ['is ended', 'head -c 1000000 >/dev/null; kill -9 $$', 'ended by SIGKILL'],
    ['takes half for all', 'head -c 1000000 >/dev/null', 'ended with exit code 0 before it had read all'],
    ['reads nothing', 'exit 0', 'ended with exit code 0 before it had read all'],
    ['closes its stdin', 'exec <&-; sleep 0.5', 'ended with exit code 0 before it had read all'],
  ];
  test.each(failures)('%s', async (_, script, message) => {
    const { at, pack, over } = setUp(`[[ $1 == */*2.tar.* || $1 == */x ]] || ${store}\n${script}`);
    for (const [options, name] of [
      [['-d', at('here')], 'date/000002.tar.zst.age'],
      [['-o', 'x'], 'date/x'],
    ] as const) {
      const ended = await pack([...options, ...over]);
      expect(ended).toMatchObject({ code: 2, stderr: `encrypt-tar: ${name}: ${at('take')}: ${message}\n` });
      expect(ended.stdout.toString()).toBe('');
    }
    expect(readdirSync(at('here'))).toEqual([]);
  });

  test('leaves a small file unread, late', async () => {
    const { at, pack, over } = setUp(`[[ $1 == *.index.* ]] || ${store}\nsleep 0.5`);
    const ended = await pack(['-d', at('here'), ...over]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(
      /^\S+: date\/00000\d\.index\.zst\.age: \S+: ended with exit code 0 before [^\n]*\n$/,
    );
  });

  test('is not there', async () => {
    const { at, pack } = setUp(store);
    expect(await pack(['-d', at('here'), '--move-over', 'rclone-nowhere rcat far:{}'])).toMatchObject({
      code: 2,
      stderr: 'encrypt-tar: rclone-nowhere: no such program\n',
    });
  });

  test('is not there any more', async () => {
    const { at, pack, over } = setUp(`mv "$0" "$0.gone"; ${store}`);
    const ended = await pack(['-d', at('here'), ...over]);
    expect(ended).toMatchObject({ code: 2, stderr: `encrypt-tar: ${at('take')}: no such program\n` });
  });
});

test('what is cut short here is not passed off as whole over there', async () => {
  const { at, pack, over } = setUp('cat > "$far/$1" && touch "$far/$1.whole"');
  const ended = await pack(['-o', 'x', '-r', 'age1nobody', ...over]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(/^encrypt-tar: age: failed with exit code 1: /);
  expect(existsSync(at('far/date/x.whole'))).toBe(false);
});

test('an archive that fails takes its index with it', async () => {
  const { at, pack, over } = setUp(
    `[[ $1 != */*2.tar.* ]] || { head -c 1000 >/dev/null; exit 1; }
     cat > "$far/$1" && touch "$far/$1.whole"`,
  );
  expect(await pack(['-d', at('here'), ...over])).toMatchObject({ code: 2 });
  const whole = readdirSync(at('far/date')).filter((name) => name.endsWith('.whole'));
  expect(whole.filter((name) => name.startsWith('000002'))).toEqual([]);
});

test.each([
  [['-d', 'x', '--move-over', 'cat'], '--move-over: no {} in its arguments'],
  [['-d', 'x', '--move-over', 'cat {}', '--reuse', 'y'], '--reuse: cannot be combined with --move-over'],
  [['-d', 'x', '--move-over', 'cat {}', '--state', 'y'], '--state: cannot be combined with --move-over'],
  [['-o', '-', '--move-over', 'cat {}'], '--move-over: the archive has no name'],
  [['-d', 'x', '--move-prefix', 'y'], '--move-prefix: nothing goes over'],
])('%j is a usage error', async (options, message) => {
  const ended = await run([encryptTar, '--cipher', 'none', ...options], { cwd: temporaryDirectory() });
  expect(ended.code).toBe(64);
  expect(ended.stderr.split('\n')[0]).toBe(`encrypt-tar: ${message}`);
});
