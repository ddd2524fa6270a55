import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyPair, run, temporaryDirectory } from 'test-kit';
import { describe, expect, test } from 'vitest';
import { archivesIn, encryptTar, History, namesIn, sharedFiles } from './history.ts';

async function first() {
  const history = new History(['--min-live', '0']);
  history.bash('head -c 5000 /dev/urandom >a; head -c 5000 /dev/urandom >b; mkdir d; ln -s a l; mkfifo p');
  await history.backUpQuietly();
  return history;
}

describe('packed again is', () => {
  test.each([
    [
      'other content of the same size and time',
      'cp -p a ../k; head -c 5000 /dev/zero >a; touch -r ../k a',
      ['a'],
    ],
    ['another inode with the same content, mode and time', 'cp -p a n; mv n a', ['', 'a']],
    ['a file whose mode changed', 'chmod 600 a', ['a']],
    ['a directory whose mode changed', 'chmod 700 d', ['d/']],
    ['what has another owner', 'chown 7 a; chown :8 b; chown -h 9:9 l', ['a', 'b', 'l']],
    ['what got an attribute', 'setfattr -n user.x -v 1 a; setfattr -n user.x -v 1 d', ['a', 'd/']],
    ['what got an ACL', 'setfacl -m u:12:r a', ['a']],
    ['what got another time', 'touch -d 2001-01-01 a; touch -h -d 2001-01-01 l', ['a', 'l']],
    ['a link with another target', 'ln -sfn b l', ['', 'l']],
    ['another type of file', 'rm p; : >p', ['', 'p']],
  ])('%s', async (_, script, names) => {
    const history = await first();
    history.bash(script);
    const round = await history.backUpQuietly();
    expect(archivesIn(round.archives)).toEqual(['000001.tar.zst', '000002.tar.zst']);
    const packed = namesIn(join(round.archives, '000002.tar.zst'));
    const top = history.tree.slice(1);
    expect(packed).toEqual(names.map((name) => `${top}/${name}`));
    await history.expectRight(round);
  });

  test('what was written less than a tick of the clock before it was read', async () => {
    const history = new History();
    history.bash('echo 1 >a; echo 2 >b');
    // To a clock that is behind, all of it is as new as that.
    const behind = join(history.directory, 'behind.mjs');
    writeFileSync(behind, 'const now = Date.now; Date.now = () => now() - 60_000;');
    const { ended } = history.begin([], { NODE_OPTIONS: `--import=${behind}` });
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    const again = await history.backUpQuietly();
    expect(archivesIn(again.archives)).toEqual(['000002.tar.zst']);
    expect(namesIn(join(again.archives, '000002.tar.zst'))).toHaveLength(3);
    expect(archivesIn((await history.backUpQuietly()).archives)).toEqual(['000002.tar.zst']);
  });
});

describe('a change of who can open the archives', () => {
  const why = 'made for other recipients or another key: everything is packed anew';

  /** Two runs over one tree, and what the second said; whether it reused the archives of the first. */
  async function switched(before: readonly string[], after: readonly string[]) {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'x'), 'content\n');
    const [one, two] = ['one', 'two'].map((name) => join(directory, name)) as [string, string];
    const state = ['--state', join(directory, 'state'), '--settle', '0'];
    const input = `${directory}/x\n`;
    expect(await run([encryptTar, ...before, '-d', one, ...state], { input })).toMatchObject({ code: 0 });
    const ended = await run([encryptTar, ...after, '-d', two, '--reuse', one, ...state], {
      input,
    });
    expect(ended.code, ended.stderr).toBe(0);
    const opens = async (opening: readonly string[]) => {
      const to = temporaryDirectory();
      const { code } = await run([encryptTar, '--extract', ...opening, '--to', to, '-d', two]);
      return code === 0 && readFileSync(join(to, directory, 'x'), 'utf8') === 'content\n';
    };
    return { stderr: ended.stderr, shared: sharedFiles(one, two).length > 0, opens };
  }

  function keys() {
    const [first, second] = [keyPair(temporaryDirectory()), keyPair(temporaryDirectory())];
    const key = (pair: typeof first) => readFileSync(pair.recipients, 'utf8').trim();
    const file = (text: string) => {
      const name = join(temporaryDirectory(), 'recipients');
      writeFileSync(name, text);
      return ['-R', name];
    };
    return { first, second, key, file };
  }

  test('another recipient, or one more: everything is made anew, for them and nobody else', async () => {
    const { first, second, key, file } = keys();
    const other = await switched(file(key(first)), file(key(second)));
    expect(other).toMatchObject({ shared: false, stderr: expect.stringContaining(why) });
    expect(await other.opens(['-i', second.identity])).toBe(true);
    expect(await other.opens(['-i', first.identity])).toBe(false);
    const more = await switched(file(key(first)), [...file(key(first)), '-r', key(second)]);
    expect(more).toMatchObject({ shared: false, stderr: expect.stringContaining(why) });
    for (const { identity } of [first, second]) expect(await more.opens(['-i', identity])).toBe(true);
    const less = await switched(file(`${key(first)}\n${key(second)}\n`), file(key(second)));
    expect(less).toMatchObject({ shared: false, stderr: expect.stringContaining(why) });
    expect(await less.opens(['-i', first.identity])).toBe(false);
  });

  test('the same recipients in another order, with a comment, or otherwise given, are the same', async () => {
    const { first, second, key, file } = keys();
    const both = `${key(first)}\n${key(second)}\n`;
    for (const same of [
      file(`# a comment\n\n${key(second)}\n${key(first)}\n`),
      ['-r', key(second), '-r', key(first)],
      [...file(`${key(first)}\n`), ...file(`${key(second)}\n${key(first)}`)],
    ])
      expect(await switched(file(both), same)).toMatchObject({ shared: true });
  });

  test("another key of ccrypt's, and another cipher", async () => {
    const file = (text: string) => {
      const name = join(temporaryDirectory(), 'key');
      writeFileSync(name, text, { mode: 0o600 });
      return ['--cipher', 'ccrypt', '--key-file', name];
    };
    const changed = await switched(file('one\n'), file('two\n'));
    expect(changed).toMatchObject({ shared: false, stderr: expect.stringContaining(why) });
    expect(await changed.opens(file('two\n').slice(2))).toBe(true);
    expect(await switched(file('one\n'), file('one\nmore\n'))).toMatchObject({ shared: true, stderr: '' });
    expect(await switched(['--cipher', 'none'], file('one\n'))).toMatchObject({
      shared: false,
      stderr: expect.stringContaining(why),
    });
    const clear = await switched(file('one\n'), ['--cipher', 'none']);
    expect(clear).toMatchObject({ shared: false, stderr: expect.stringContaining(why) });
    expect(await clear.opens([])).toBe(true);
  });

  test('the state file shows neither the key nor a recipient', async () => {
    const directory = temporaryDirectory();
    const { recipients } = keyPair(directory);
    const state = join(directory, 'state');
    await run([encryptTar, '-R', recipients, '-d', join(directory, 'd'), '--state', state, recipients]);
    const text = execFileSync('zstd', ['-d', '-q', '-c', state]).toString();
    expect(text).toContain('encrypt-tar state 2');
    expect(text).not.toContain(readFileSync(recipients, 'utf8').trim().slice(0, 20));
    expect(statSync(state).mode & 0o777).toBe(0o600);
  });
});
