import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyPair, run, temporaryDirectory } from 'test-kit';
import { describe, expect, test } from 'vitest';
import { archivesIn, encryptTar, History } from './history.ts';

// Of one size and time each, so that in another archive nothing but names is other.
const tree = `
  mkdir a; for i in $(seq 10 29); do head -c 2000 /dev/urandom >a/$i; touch -d @1700000000 a/$i; done
  ln a/10 a/11-link; ln a/28 a/29-link; touch -d @1700000000 a`;
const sameTimes = 'touch -d @1700000000 a/* a';

/** How the archives are made, and opened; and the end of their files' names. */
interface Cipher {
  readonly sealing: readonly string[];
  readonly opening: readonly string[];
  readonly suffix: string;
}

function cipherOf(name: string): Cipher {
  if (name === 'none') return { sealing: ['--cipher', 'none'], opening: [], suffix: '.zst' };
  const { identity, recipients } = keyPair(temporaryDirectory());
  return { sealing: ['-R', recipients], opening: ['-i', identity], suffix: '.zst.age' };
}

/** Several parts, and a list of the deleted. */
async function directoryOfParts(
  name: string,
): Promise<{ history: History; archives: string; cipher: Cipher }> {
  const cipher = cipherOf(name);
  const history = new History(['--archive-size', '12K'], cipher.sealing);
  history.bash(tree);
  await history.backUpQuietly();
  history.bash('rm a/15; echo changed >a/16');
  const { archives } = await history.backUpQuietly();
  expect(archivesIn(archives).length).toBeGreaterThan(3);
  return { history, archives, cipher };
}

/** The names of a part's files. */
function fileNames(suffix: string): (part: number, kind: 'tar' | 'index') => string {
  return (part, kind) => `00000${part}.${kind}${suffix}`;
}

/** A copy in which something is done to files that may be hard links. */
function copyOf(archives: string): string {
  const copy = join(temporaryDirectory(), 'copy');
  cpSync(archives, copy, { recursive: true });
  return copy;
}

function swap(directory: string, one: string, other: string): void {
  const [first, second] = [one, other].map((name) => readFileSync(join(directory, name)));
  writeFileSync(join(directory, one), second ?? '');
  writeFileSync(join(directory, other), first ?? '');
}

/** That all of it is refused, with a message, and that nothing of it is unpacked. */
async function expectNotExtracted(
  directory: string,
  opening: readonly string[],
  message: string,
  input?: string,
): Promise<void> {
  const to = temporaryDirectory();
  const select = input === undefined ? [] : ['--select', '-'];
  const argv = [encryptTar, '--extract', ...select, ...opening, '--to', to, '-d', directory];
  const ended = await run(argv, input === undefined ? {} : { input });
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(`encrypt-tar: ${message}`) });
  expect(readdirSync(to)).toEqual([]);
}

/** The same of all that reads an index and no archive. */
async function expectNotRead(directory: string, opening: readonly string[], message: string): Promise<void> {
  for (const mode of [['--list'], ['--compare', '/'], ['--check']]) {
    const ended = await run([encryptTar, ...mode, ...opening, '-d', directory]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(`encrypt-tar: ${message}`) });
    expect(ended.stdout.toString()).toBe('');
  }
}

const ciphers = process.env.HCOOP_TEST_ALL ? ['none', 'age'] : ['age'];

describe.each(ciphers)('cipher %s: of a directory of archives nothing is unpacked', (name) => {
  const pairs = [
    [1, 2],
    [2, 3],
    [1, 4],
  ] as const;

  test('when two archives have been swapped', async () => {
    const { history, archives, cipher } = await directoryOfParts(name);
    const { opening, suffix } = cipher;
    const file = fileNames(suffix);
    for (const [one, other] of pairs) {
      const copy = copyOf(archives);
      swap(copy, file(one, 'tar'), file(other, 'tar'));
      const message = `${join(copy, file(one, 'tar'))}: not of one part with ${file(one, 'index')}: `;
      await expectNotExtracted(copy, opening, message);
      // Be it for one path.
      const listed = await run([encryptTar, '--list', ...opening, file(one, 'tar')], { cwd: archives });
      const path = listed.stdout
        .toString()
        .split('\n')
        .find((line) => /\/a\/(1[0-4789]|2\d)$/.test(line)); // what no later part has
      await expectNotExtracted(copy, opening, message, `${path}\n`);
    }
    expect(await history.restore(archives, opening)).not.toEqual([]);
  });

  test('when two indexes have been swapped; nor listed, compared or checked', async () => {
    const {
      archives,
      cipher: { opening, suffix },
    } = await directoryOfParts(name);
    const file = fileNames(suffix);
    for (const [one, other] of pairs) {
      const copy = copyOf(archives);
      swap(copy, file(one, 'index'), file(other, 'index'));
      const message = `${join(copy, file(one, 'index'))}: not of one part with its archive: it is the index of ${file(other, 'tar')}`;
      await expectNotExtracted(copy, opening, message);
      await expectNotRead(copy, opening, message);
    }
  });

  test('when an archive has more members than its index, fewer, or others of the same names', async () => {
    const cipher = cipherOf(name);
    const { opening, suffix } = cipher;
    const file = fileNames(suffix);
    const other = new History(['--archive-size', '1M'], cipher.sealing);
    other.bash(tree);
    const { archives } = await other.backUpQuietly();
    expect(archivesIn(archives)).toEqual([file(1, 'tar')]);
    const edits = [
      `${sameTimes}; touch a/20`,
      `printf x >>a/20; ${sameTimes}`,
      `: >a/30; ${sameTimes}`,
      `rm a/30 a/29*; ${sameTimes}`,
    ];
    for (const edit of edits) {
      other.bash(edit);
      await other.settle();
      const made = join(temporaryDirectory(), 'made');
      const argv = [encryptTar, '-0', ...cipher.sealing, '-d', made];
      expect(await run(argv, { input: other.list() })).toMatchObject({ code: 0, stderr: '' });
      const copy = copyOf(archives);
      cpSync(join(made, file(1, 'tar')), join(copy, file(1, 'tar')));
      const message = `${join(copy, file(1, 'tar'))}: not of one part with ${file(1, 'index')}: `;
      await expectNotExtracted(copy, opening, message);
    }
  });

  test('when an index is none, but another file; nor listed, compared or checked', async () => {
    const { history, archives, cipher } = await directoryOfParts(name);
    const { opening, suffix } = cipher;
    const file = fileNames(suffix);
    const others = ['gone', '000001.tar'].map((other) => readFileSync(join(archives, `${other}${suffix}`)));
    const texts = ['x'.repeat(2_000_000), '\n', '1\n', 'null\n', '"path"\n', '[]\n', '{"path":"/x"}\n'];
    const sealed = texts.map((input) => execFileSync('zstd', ['-q', '-c'], { input }));
    for (const content of [...others, readFileSync(history.state), ...sealed]) {
      const copy = copyOf(archives);
      const index = join(copy, file(2, 'index'));
      writeFileSync(index, content);
      await expectNotExtracted(copy, opening, `${index}: not an index\n`);
      if (content === others[0]) await expectNotRead(copy, opening, `${index}: not an index\n`);
    }
  });

  test('when a file is empty, or cut short', async () => {
    const {
      archives,
      cipher: { opening, suffix },
    } = await directoryOfParts(name);
    const file = fileNames(suffix);
    for (const damaged of [file(1, 'tar'), file(2, 'index'), `gone${suffix}`])
      for (const length of name === 'none' ? [0, 3] : [0, 31]) {
        const copy = copyOf(archives);
        const at = join(copy, damaged);
        writeFileSync(at, readFileSync(at).subarray(0, length));
        await expectNotExtracted(copy, opening, `${at}: empty, or cut short\n`);
        if (!damaged.includes('.tar')) await expectNotRead(copy, opening, `${at}: empty, or cut short\n`);
      }
  });
});

test('an archive that is named has no index: it is unpacked under whatever name', async () => {
  const { archives } = await directoryOfParts('none');
  const directory = temporaryDirectory();
  cpSync(join(archives, '000001.tar.zst'), join(directory, '000002.tar.zst'));
  const argv = [encryptTar, '--extract', '--to', 'to', '000002.tar.zst'];
  expect(await run(argv, { cwd: directory })).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(join(directory, 'to'))).not.toEqual([]);
});

test('a directory that was sealed anew, under other names, comes back', async () => {
  const {
    history,
    archives,
    cipher: { opening },
  } = await directoryOfParts('age');
  const opened = join(temporaryDirectory(), 'opened');
  mkdirSync(opened);
  const script = 'for i in *.age; do age -d -i "$1" -o "$2/$(basename "$i" .age)" "$i"; done';
  execFileSync('bash', ['-euc', script, 'bash', opening[1] ?? '', opened], { cwd: archives });
  expect(await history.restore(opened)).toEqual(await history.restore(archives, opening));
});
