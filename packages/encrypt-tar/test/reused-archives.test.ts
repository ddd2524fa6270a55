import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeTree, run, temporaryDirectory } from 'test-kit';
import { describe, expect, test } from 'vitest';
import {
  archivesIn,
  encryptTar,
  goneIn,
  History,
  namesIn,
  type Round,
  restoreByHand,
  sharedFiles,
  withoutDirectoryTimes,
} from './history.ts';

const tree = String.raw`
  mkdir -p a/b; for i in $(seq 10 29); do head -c 2000 /dev/urandom >a/$i; done
  echo x >a/b/x; ln a/b/x a/y; ln -s nowhere a/link; : >a/empty; printf 1 >$'a/new\nline'`;

async function first(options: readonly string[] = [], script = tree) {
  const history = new History(options);
  history.bash(script);
  return { history, round: await history.backUpQuietly() };
}

describe('what has not changed', () => {
  test('makes no new archive: all are those of before, with their time', async () => {
    const { history, round } = await first(['--archive-size', '12K']);
    expect(archivesIn(round.archives).length).toBeGreaterThan(3);
    const again = await history.backUpQuietly();
    expect(readdirSync(again.archives).sort()).toEqual(readdirSync(round.archives).sort());
    expect(sharedFiles(round.archives, again.archives)).toEqual(readdirSync(round.archives).sort());
    expect(again.ended.stdout.toString().split('\0')).toHaveLength(readdirSync(again.archives).length + 1);
    await history.expectRight(again);
  });

  test('stays where it is when one file changes: that one alone is in a new archive', async () => {
    const { history, round } = await first();
    history.bash('echo changed >a/15');
    const again = await history.backUpQuietly();
    expect(archivesIn(again.archives)).toEqual(['000001.tar.zst', '000002.tar.zst']);
    expect(namesIn(join(again.archives, '000002.tar.zst'))).toEqual([`${history.tree.slice(1)}/a/15`]);
    expect(lstatSync(join(again.archives, '000002.tar.zst')).size).toBeLessThan(1000);
    expect(sharedFiles(round.archives, again.archives)).toEqual(['000001.index.zst', '000001.tar.zst']);
    for (const one of [round, again]) await history.expectRight(one);
  });

  test('is found whatever the order in which the paths come, and however they are spelled', async () => {
    const { history, round } = await first();
    const { argv, archives } = history.next();
    const paths = history.list().toString('latin1').split('\0').filter(Boolean).reverse();
    const spelled = paths.map((path) => path.replace(/\/a(?=\/|$)/, '/./a/../a'));
    const ended = await run(argv, { input: Buffer.from([...spelled, ...paths].join('\0'), 'latin1') });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(sharedFiles(round.archives, archives)).toEqual(readdirSync(round.archives).sort());
    expect(readdirSync(archives)).toHaveLength(2);
  });

  test('is found by the thread that looks ahead, of very many paths, as it is without', async () => {
    const { history, round } = await first(
      ['--archive-size', '4M'],
      String.raw`${tree}; mkdir many; (cd many; seq 10001 | xargs touch); printf x >$'many/lat\xe9'; mkfifo p; touch -d 1969-01-01 old`,
    );
    await history.expectRight(round);
    history.bash(
      String.raw`echo changed > many/5000; chmod 600 $'many/lat\xe9'; ln a/10 many/linked; rm many/77`,
    );
    await history.settle();
    const { argv, archives } = history.next();
    const vanished = Buffer.from(`${history.tree}/many/77\0`);
    const ended = await run(argv, { input: Buffer.concat([history.list(), vanished]) });
    expect(ended).toMatchObject({
      code: 0,
      stderr: `encrypt-tar: ${history.tree}/many/77: vanished before it was read\n`,
    });
    const packed = archivesIn(archives).filter((name) => !archivesIn(round.archives).includes(name));
    const names = packed.flatMap((name) => namesIn(join(archives, name)));
    const top = history.tree.slice(1);
    expect(names.sort()).toEqual(
      ['a/10', 'many/', 'many/5000', 'many/lat\\351', 'many/linked'].map((name) => `${top}/${name}`),
    );
    expect(await history.restore(archives)).toEqual(describeTree(history.tree));
  });

  test('comes back after the state was written without --reuse, as before it was', async () => {
    const { history, round } = await first();
    const { argv } = history.next();
    const apart = argv.filter((word, i) => word !== '--reuse' && argv[i - 1] !== '--reuse');
    const ended = await run(apart, { input: history.list() });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(sharedFiles(round.archives, history.date(1))).toEqual([]);
    expect(await history.restore(history.date(1))).toEqual(round.expected);
  });
});

describe('what was deleted', () => {
  test('is on the list of the deleted, deepest first, and does not come back', async () => {
    const { history } = await first(
      [],
      `${tree}; mkdir -p d/e/f; echo 1 >d/e/f/g; echo 2 >d/e/h; echo 3 >d-e`,
    );
    history.bash(String.raw`rm -r d $'a/new\nline' a/12`);
    const again = await history.backUpQuietly();
    const top = history.tree.slice(1);
    const names = ['d/e/h', 'd/e/f/g', 'd/e/f', 'd/e', 'd', 'a/12'].map((name) => `${top}/${name}`);
    expect(goneIn(again.archives)).toEqual([...names, `./${top}/a/new\nline`]);
    await history.expectRight(again);
    expect(await history.restore(again.archives)).not.toContainEqual(
      expect.stringMatching(/^"(?:d"|d\/|a\/12)/),
    );
    const kept = await history.backUpQuietly();
    expect(goneIn(kept.archives)).toEqual(goneIn(again.archives));
    await history.expectRight(kept);
  });

  test('and is there again comes back as it is now, and is off the list', async () => {
    const { history } = await first();
    history.bash('rm a/12 a/13');
    await history.backUpQuietly();
    history.bash('echo again >a/12');
    const again = await history.backUpQuietly();
    expect(goneIn(again.archives)).toEqual([`${history.tree.slice(1)}/a/13`]);
    expect(await history.restore(again.archives)).toContainEqual(
      expect.stringMatching(/^"a\/12" f 644 0:0 6 /),
    );
    await history.expectRight(again);
  });

  test.each([
    ['a directory', 'rm a/12; mkdir a/12; echo in >a/12/in'],
    ['a link to a directory', 'rm a/12; ln -s b a/12'],
    ['where a directory was, a file', 'rm -r a/b a/y; echo file >a/b'],
    ['where a directory was, a link to another', 'rm a/y; mv a/b c; ln -s ../c a/b'],
  ])('and is %s now comes back as that', async (_, script) => {
    const { history } = await first();
    history.bash(script);
    await history.expectRight(await history.backUpQuietly());
    await history.expectRight(await history.backUpQuietly());
  });

  describe.each([
    ['a link', 'ln -s e d'],
    ['an absolute link', 'ln -s "$PWD/e" d'],
    ['a file', 'echo file > d'],
  ])('where %s was, a directory is', (_, before) => {
    test('with what is in it in other parts than it is in itself', async () => {
      const { history } = await first(
        ['--archive-size', '100K', '--min-live', '0'],
        `mkdir e; echo victim > e/x2; head -c 80000 /dev/urandom > big; ${before}`,
      );
      history.bash('rm d; mkdir d; for i in 1 2; do head -c 90000 /dev/urandom > d/x$i; done');
      await history.expectRight(await history.backUpQuietly());
      history.bash('rm d/x1');
      await history.expectRight(await history.backUpQuietly());
    });

    test('and is not in the list itself', async () => {
      const { history } = await first(['--min-live', '0'], `mkdir e; echo victim > e/x; ${before}`);
      history.bash('rm d; mkdir d; echo other > d/x');
      await history.settle();
      const { argv, archives } = history.next();
      const list = execFileSync('find', [history.tree, '!', '-type', 'd', '-print0']);
      expect(await run(argv, { input: list })).toMatchObject({ code: 0, stderr: '' });
      const contents = (lines: string[]) =>
        withoutDirectoryTimes(lines).filter((line) => / [fl] /.test(line));
      const expected = contents(describeTree(history.tree));
      expect(contents(await history.restore(archives))).toEqual(expected);
      expect(contents(restoreByHand(archives, history.tree))).toEqual(expected);
    });
  });

  test.each([
    ['a link to another, and had an odd name in it', "echo 1 > 'd/x '", 'rm -r d; ln -s e d'],
    ['a file, and had an odd name in it', String.raw`echo 1 > $'d/x\n'`, 'rm -r d; echo file > d'],
    [
      'a file, and had the content of a hard link in it',
      'echo 1 > d/x; ln d/x z/x',
      'rm -r d; echo file > d',
    ],
    [
      'a link, and had it in a directory in it',
      'mkdir d/s; echo 1 > d/s/x; ln d/s/x z/x',
      'rm -r d; ln -s e d',
    ],
  ])('where a directory was that is now %s', async (_, inIt, edit) => {
    const { history } = await first(['--min-live', '0'], `mkdir d e z; echo keep > 0; echo e > e/x; ${inIt}`);
    history.bash(edit);
    await history.expectRight(await history.backUpQuietly());
    await history.expectRight(await history.backUpQuietly());
  });

  test.each([
    [
      'two directories, one of which starts with the name of the other, with contents of links',
      'mkdir d d0 z; echo x > d/x; echo y > d0/y; ln d/x z/x; ln d0/y z/y',
      'rm -r d d0',
    ],
    ['a directory whose name ends in a newline', String.raw`mkdir $'d\n'; echo 1 > $'d\n/x'`, 'rm -r d?'],
    ['an odd name that is a link to a plain one', "echo x > x; ln x 'x '", 'rm x*'],
    [
      'names with a newline that a directory is named like',
      String.raw`mkdir $'d\nx' d; echo 1 > $'d\nx/y'; echo 2 > d/x`,
      'rm -r d?*',
    ],
  ])('by hand, too: %s', async (_, script, edit) => {
    const { history } = await first(['--min-live', '0'], `echo keep > 0; ${script}`);
    history.bash(edit);
    await history.expectRight(await history.backUpQuietly());
  });

  test('and nothing is left: the directory of archives is one all the same', async () => {
    const { history } = await first();
    const { argv, archives } = history.next();
    expect(await run(argv)).toMatchObject({ code: 0, stderr: '' });
    for (const how of [['--list'], ['--check'], ['--extract', '--to', temporaryDirectory()]])
      expect(await run([encryptTar, ...how, '-d', archives])).toMatchObject({
        code: 0,
        stderr: '',
        stdout: Buffer.alloc(0),
      });
    const again = await run(history.next().argv.map((word) => (word === archives ? `${archives}-2` : word)));
    expect(again.code, again.stderr).toBe(0);
  });

  test('and had the content of a hard link in the archive: by hand, too, without an error', async () => {
    const { history } = await first();
    history.bash('rm a/b/x');
    await history.expectRight(await history.backUpQuietly());
  });

  test.each([
    ['with the directory it was in', 'rm -r a/b', []],
    ['after another of its names', 'rm a/y', ['rm a/b/x']],
    ['and its other names are something else now', 'rm a/y', ['rm a/b/x; echo new >a/y']],
    ['and a directory has its name now', 'rm a/b/x', ['mkdir a/b/x; echo in >a/b/x/in']],
    ['and all of its names are gone', 'rm a/b/x', ['rm a/y']],
    [
      'with other links beside it',
      'ln a/10 a/b/10; ln a/10 a/b/ten; ln a/11 a/b/11',
      ['rm a/10', 'rm a/b/10'],
    ],
    ['as well as the directory, and a link stands there', 'rm a/y', ['rm -r a/b; ln -s . a/b']],
  ] as const)(
    'and had the content of a hard link in the archive, %s: by hand, too',
    async (_, once, then) => {
      const { history } = await first();
      for (const script of [once, ...then]) {
        history.bash(script);
        await history.expectRight(await history.backUpQuietly());
      }
    },
  );

  test('cannot be asked for any more: that is a loss', async () => {
    const { history } = await first();
    history.bash('rm a/12');
    const { archives } = await history.backUpQuietly();
    const select = [encryptTar, '--extract', '--select', '-', '--to', join(history.directory, 'to')];
    const ended = await run([...select, '-d', archives], {
      input: `${history.tree}/a/12\n${history.tree}/a/13\n`,
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toBe(`encrypt-tar: ${history.tree}/a/12: not found in the archives\n`);
    expect(readdirSync(join(history.directory, 'to', history.tree, 'a'))).toEqual(['13']);
  });

  test('and was all that an archive had takes the archive with it, and its places on the list', async () => {
    const { history } = await first(
      ['--archive-size', '20K'],
      `${tree}; head -c 30000 /dev/urandom >b-large`,
    );
    const large = archivesIn(history.date(0)).filter((name) =>
      namesIn(join(history.date(0), name)).includes(`${history.tree.slice(1)}/b-large`),
    );
    history.bash('rm b-large');
    const again = await history.backUpQuietly();
    expect(archivesIn(again.archives)).not.toContain(large[0]);
    expect(readdirSync(again.archives)).not.toContain('gone.zst');
    await history.expectRight(again);
  });
});

describe('archives', () => {
  test('of which too little is alive are made anew, from what is left of them', async () => {
    const { history } = await first();
    history.bash('rm a/1? a/20');
    const less = await history.backUpQuietly({ options: ['--min-live', '0.1'] });
    expect(archivesIn(less.archives)).toEqual(['000001.tar.zst', '000002.tar.zst']); // the directory has changed
    const anew = await history.backUpQuietly({ options: ['--min-live', '0.9'] });
    expect(archivesIn(anew.archives)).toEqual(['000002.tar.zst', '000003.tar.zst']);
    expect(readdirSync(anew.archives)).not.toContain('gone.zst');
    for (const one of [less, anew]) await history.expectRight(one);
    const quiet = await history.backUpQuietly();
    expect(archivesIn(quiet.archives)).toEqual(['000002.tar.zst', '000003.tar.zst']);
  });

  test('are made anew with what came to be gone since the tree was looked at left out', async () => {
    const { history } = await first();
    history.bash('rm a/1?; ln a/25 other; chmod 600 a/26');
    const again = await history.backUpQuietly({ options: ['--min-live', '1'] });
    expect(archivesIn(again.archives)).toEqual(['000002.tar.zst']);
    await history.expectRight(again);
  });

  test('that are small are merged: dozens of rounds of one change each leave few, and every date restores', async () => {
    const everything = process.env.HCOOP_TEST_ALL === '1';
    const last = everything ? 40 : 24;
    const history = new History();
    history.bash('mkdir a; for i in $(seq 100 139); do head -c 4000 /dev/urandom >a/$i; done');
    const rounds: Round[] = [await history.backUpQuietly()];
    const counts: number[] = [];
    for (let i = 0; i < last; i += 1) {
      history.bash(`head -c ${4000 + i} /dev/urandom >a/${100 + i}`);
      rounds.push(await history.backUpQuietly({ options: ['--min-live', '0.2'] }));
      counts.push(archivesIn(history.date(i + 1)).length);
    }
    // The one of the first round; of the small ones, 15 of one round each at the most, and one or two merged ones.
    expect(Math.max(...counts)).toBeLessThanOrEqual(18);
    expect(Math.max(...counts)).toBeGreaterThan(10);
    expect(counts.at(-1)).toBeLessThan(16);
    const some = rounds.filter((_, i) => everything || i % 3 === 1);
    for (const { archives, expected } of some) expect(await history.restore(archives)).toEqual(expected);
    for (const { archives, expected } of rounds.filter((_, i) => i % 13 === 1 || i === last))
      expect(restoreByHand(archives, history.tree)).toEqual(expected);
  });
});
