import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'test-kit';
import { describe, expect, test } from 'vitest';
import { archivesIn, encryptTar, History, namesIn, type Round, withoutDirectoryTimes } from './history.ts';

/**
 * An environment in which zstd does something first, in the tree: once it has a good part of the first archive that is no small
 * one, which tar is in the middle of; or before it reads a state for the second time.
 */
function withZstd(history: History, when: 'packing' | 'second reading', script: string) {
  const directory = join(history.directory, 'zstd');
  mkdirSync(directory);
  const act = `( cd ${history.tree}; ${script} ) >&2 </dev/null`;
  const packing = `
    case " $* " in *" -3 "*) ;; *) exec /usr/bin/zstd "$@";; esac
    head -c 100000 > "$0.$$"
    if [ "$(stat -c %s "$0.$$")" -eq 100000 ] && mkdir "$0.done" 2>/dev/null; then ${act}; fi
    cat "$0.$$" - | /usr/bin/zstd "$@"`;
  const reading = `
    case " $* " in *" -d "*) mkdir "$0.one" 2>/dev/null || { mkdir "$0.two" 2>/dev/null && ${act}; } ;; esac
    exec /usr/bin/zstd "$@"`;
  writeFileSync(join(directory, 'zstd'), `#!/bin/bash${when === 'packing' ? packing : reading}\n`);
  chmodSync(join(directory, 'zstd'), 0o755);
  return { PATH: `${directory}:${process.env.PATH}` };
}

/** Backs up while that happens. The tree is not as it was at the beginning: what is expected is what it is now. */
async function backUpWith(
  history: History,
  env: Record<string, string>,
  options: readonly string[] = [],
): Promise<Round> {
  await history.settle();
  const { archives, ended } = history.begin(options, env);
  return { archives, ended: await ended, expected: [] };
}

/** The content of files, by our command and from a round's archives. */
async function contentOf(history: History, round: Round, ...names: string[]): Promise<string[]> {
  const lines = await history.restore(round.archives);
  return names.map(
    (name) => lines.find((line) => line.startsWith(`${JSON.stringify(name)} `)) ?? `no ${name}`,
  );
}

const small = ['--archive-size', '300K'];

describe('in a part that is packed anew, between the survey and that,', () => {
  /** A part of which little is alive, and so much to pack before it that there is time. */
  async function history() {
    const made = new History(small);
    made.bash(
      'mkdir a z; for i in 1 2 3 4 5 6; do head -c 40000 /dev/urandom > a/f$i; done; echo 1 > a/conf',
    );
    await made.backUpQuietly();
    made.bash(
      'echo 2 > a/conf; for i in 3 4 5 6; do rm a/f$i; done; for i in 1 2 3 4; do head -c 290000 /dev/urandom > z/$i; done',
    );
    return made;
  }

  test.each([
    ['an unchanged file gets another name outside of the tree', 'ln a/f1 ../snapshot; ln a/conf ../conf'],
    ['an unchanged file gets another name', 'ln a/f1 a/f9'],
    [
      'another file with several names takes its place',
      'cp -p a/f1 ../new; ln ../new ../new2; mv ../new a/f1',
    ],
  ])('%s', async (_, script) => {
    const made = await history();
    const round = await backUpWith(made, withZstd(made, 'packing', script));
    expect(round.ended).toMatchObject({ code: 0, stderr: '' });
    const restored = await contentOf(made, round, 'a/conf', 'a/f1', 'a/f2');
    // What came after the list was made is in the next one.
    const expected = (await made.backUp()).expected;
    const facts = (lines: readonly string[]) => lines.map((line) => line.replace(/ link of "[^"]*"/, ' '));
    const now = ['a/conf', 'a/f1', 'a/f2'].map(
      (name) => expected.find((line) => line.startsWith(`"${name}" `)) ?? '',
    );
    expect(facts(restored)).toEqual(facts(now));
  });

  test('a file goes: it is not in the date, nor as it was before', async () => {
    const made = await history();
    const round = await backUpWith(made, withZstd(made, 'packing', 'rm a/f2'));
    expect(round.ended.stderr).toMatch(/^encrypt-tar: \S+a\/f2: vanished before it was read\n/);
    const [f2, f1] = await contentOf(made, round, 'a/f2', 'a/f1');
    expect([f2, f1?.slice(0, 8)]).toEqual(['no a/f2', '"a/f1" f']);
  });
});

test('a file that changes while it is read, and becomes a link to others, is read again with them', async () => {
  const history = new History(small);
  history.bash('head -c 2000000 /dev/zero > a; head -c 500000 /dev/urandom > m; echo old > z');
  const change = 'printf X | dd of=a bs=1 seek=1999999 conv=notrunc status=none; ln -f a z';
  const round = await backUpWith(history, withZstd(history, 'packing', change));
  // Part 1 is of the directory alone, or of the file: whichever zstd had it, `a` is whole and `z` is a link to it.
  expect(round.ended).toMatchObject({ code: 0, stderr: '' });
  const { expected } = await history.backUp();
  expect(withoutDirectoryTimes(await history.restore(round.archives))).toEqual(
    withoutDirectoryTimes(expected),
  );
});

test('the state is replaced by another run while this one reads it: what is in it is of one run', async () => {
  const history = new History(['--archive-size', '10K', '--min-live', '0']);
  history.bash('for i in $(seq 10 40); do head -c 4000 /dev/urandom > $i; done');
  await history.backUpQuietly();
  history.bash('head -c 4000 /dev/urandom > 20; echo new > new');
  await history.settle();
  // Another run over the same tree, to another directory, whose state is put in the place of this one's in the middle.
  const { argv } = history.next();
  const state = join(history.directory, 'state');
  const other = join(history.directory, 'other');
  const apart = argv.map((word) => (word === history.date(1) ? other : word));
  history.bash(`cp -p ${state} ${state}.first`);
  expect(await run(apart, { input: history.list() })).toMatchObject({ code: 0 });
  history.bash(`mv ${state} ${state}.other; mv ${state}.first ${state}`);
  const env = withZstd(history, 'second reading', `mv ${state}.other ${state}`);
  const round = await backUpWith(history, env);
  expect(round.ended).toMatchObject({ code: 0, stderr: '' });
  expect(await history.restore(round.archives)).toEqual((await history.backUp()).expected);
});

test('more parts than fit into one record of the state are known again', async () => {
  const history = new History(['--archive-size', '1', '--min-live', '0']);
  history.bash('echo 1 > a; echo 2 > b');
  const round = await history.backUpQuietly();
  // Part lists as long as those of some terabytes: parts that are not there are found out, and nothing else is wrong.
  const state = join(history.directory, 'state');
  const more = String.raw`zstd -dq -c "$1" | python3 -c '
import json, sys
head, *rest = sys.stdin.buffer.read().split(b"\0")
first = json.loads(head); count = first["parts"]
first["parts"] = count + 9000
part = json.loads(rest[0])
for file in part["files"]: file["name"] += "x" * 100
sys.stdout.buffer.write(b"\0".join([json.dumps(first).encode(), *rest[:count], *[json.dumps(part).encode()] * 9000, *rest[count:]]))
' | zstd -q > "$1.more"; mv "$1.more" "$1"`;
  history.bash(`set -- ${state}; ${more}`);
  const again = await history.backUp();
  expect(again.ended).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(
      /^encrypt-tar: \S+state: \S+x is not the file it knows: everything is packed anew\n$/,
    ),
  });
  expect(archivesIn(round.archives).length).toBeGreaterThan(2);
  await history.expectRight(again);
});

test('what changed a short time before it was read is packed again by the next run, and by that alone', async () => {
  const history = new History();
  history.bash('echo 1 > a; echo 2 > b');
  await history.backUpQuietly();
  await history.backUp({ options: [] });
  const quick = history
    .next()
    .argv.filter((word, i, all) => word !== '--settle' && all[i - 1] !== '--settle');
  history.bash('echo 3 > b');
  await history.settle();
  expect(await run(quick, { input: history.list() })).toMatchObject({ code: 0, stderr: '' });
  expect(namesIn(join(history.date(2), '000002.tar.zst'))).toEqual([`${history.tree.slice(1)}/b`]);
  const after = [encryptTar, '-0', '--cipher', 'none', '--state', join(history.directory, 'state')];
  const next = await run([...after, '-d', history.date(3), '--reuse', history.date(2)], {
    input: history.list(),
  });
  expect(next).toMatchObject({ code: 0, stderr: '' });
  expect(namesIn(join(history.date(3), '000003.tar.zst'))).toEqual([`${history.tree.slice(1)}/b`]);
});
