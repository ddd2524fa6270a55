import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { keyPair, run, start, temporaryDirectory, until } from 'test-kit';
import { type AfsCell, startAfsCell } from 'test-servers';
import { beforeAll, describe, expect, test } from 'vitest';
import { contentOf, Workbench } from './workbench.ts';

describe('dumps that nothing can stand on any more', () => {
  let cell: AfsCell;
  beforeAll(async () => {
    cell = await startAfsCell({ untilStopped: true });
    return cell.stop;
  }, 60_000);

  /** A volume with a full dump and an incremental one; then something happens, and the next run is looked at. */
  async function afterwards(
    name: string,
    happens: (bench: Workbench, tree: string) => Promise<unknown> | unknown,
  ) {
    const bench = new Workbench(cell);
    await cell.createVolume(name);
    const tree = await cell.mounted(name);
    const write = async (file: string, lines = 1000): Promise<void> => {
      writeFileSync(join(tree, file), `${file}\n`.repeat(lines));
      await cell.settled();
    };
    await write('first', 100_000); // so much that the rest does not outweigh it
    await bench.dump('d0');
    await write('second');
    await bench.dump('d1', 'd0');
    expect(bench.record('d1').volumes[0]?.dumps).toHaveLength(2);
    await happens(bench, tree);
    const ended = await bench.dump('d2', 'd1');
    const [volume] = bench.record('d2').volumes;
    const whole = contentOf(await bench.extract('d2', volume?.name ?? ''));
    expect(whole.equals(contentOf(await bench.dumpByVos(volume?.name ?? '')))).toBe(true);
    await cell.vos('remove', '-id', volume?.name ?? '');
    expect(ended.code, ended.stderr).toBe(0);
    return { ended, dumps: volume?.dumps.length };
  }

  test('a volume that was restored from its first dump, and whose files have old times', async () => {
    const { dumps } = await afterwards('r.over', async (bench) => {
      const whole = await bench.extract('d0', 'r.over');
      await cell.vos('restore', 'afs1', 'a', 'r.over', '-file', whole, '-overwrite', 'full');
    });
    expect(dumps).toBe(1);
  });

  test('a volume that has moved to another partition', async () => {
    const { dumps } = await afterwards('r.moved', async () => {
      await cell.vos('move', 'r.moved', 'afs1', 'a', 'afs1', 'b');
    });
    expect(dumps).toBe(1);
  });

  test('another volume under the same name', async () => {
    const { dumps } = await afterwards('r.again', async () => {
      await cell.vos('remove', '-id', 'r.again');
      await cell.createVolume('r.again');
    });
    expect(dumps).toBe(1);
  });

  test('the same volume under another name', async () => {
    const { dumps } = await afterwards('r.old', async () => {
      await cell.vos('rename', 'r.old', 'r.new');
    });
    expect(dumps).toBe(1);
  });

  test.each([
    ['missing', (file: string) => rmSync(file)],
    ['shorter', (file: string) => truncateSync(file, statSync(file).size - 1)],
    ['another one', (file: string) => utimesSync(file, 1, 1)],
  ])(
    'a chain of which a file is %s: its volume is dumped in full, and that is said',
    async (what, damage) => {
      const name = `r.${what.replace(' ', '')}`; // a client remembers the volume behind a name
      const { ended, dumps } = await afterwards(name, (bench) => {
        const file = bench.record('d1').volumes[0]?.dumps[0]?.file ?? '';
        const copy = readCopy(join(bench.at('d1'), file)); // d0 has the same file: not that one is to be damaged
        damage(copy);
      });
      expect(dumps).toBe(1);
      expect(ended.stderr).toMatch(/^afs-vol-dump: r\.\w+: \S+ is not there as it was: dumped in full$/m);
    },
  );

  test('of a volume that is busy or off-line, the last dumps are kept; what is busy no longer, is dumped', async () => {
    const bench = new Workbench(cell);
    for (const name of ['k.busy', 'k.offline']) await cell.createVolume(name);
    await bench.dump('d0');
    const then = contentOf(await bench.extract('d0', 'k.busy'));
    writeFileSync(join(await cell.mounted('k.busy'), 'new'), 'new\n');
    await cell.settled();
    const online = await cell.makeOffline('k.offline');
    const release = await cell.makeBusy('k.busy');
    const kept = await bench.dump('d1', 'd0', '--retry', '0');
    expect(kept.code).toBe(1);
    expect(kept.stderr).toMatch(
      /^afs-vol-dump: k\.busy: busy: another operation has it; its last dump is kept$/m,
    );
    expect(kept.stderr).toMatch(/^afs-vol-dump: k\.offline: off-line; its last dump is kept$/m);
    expect(bench.record('d1').volumes).toMatchObject([{ status: 'kept' }, { status: 'kept' }]);
    expect(contentOf(await bench.extract('d1', 'k.busy')).equals(then)).toBe(true);

    await online();
    const { child, ended } = start([
      ...bench.argv(...bench.into('d2', 'd1'), '-v', '--server', 'afs1', '--localauth'),
    ]);
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    await until(() => said.includes('1 volumes are tried again'));
    await release();
    expect((await ended).code).toBe(0);
    expect(bench.record('d2').volumes).toMatchObject([{ status: 'ok', dumps: [{}, {}] }, { status: 'ok' }]);
    expect(
      contentOf(await bench.extract('d2', 'k.busy')).equals(contentOf(await bench.dumpByVos('k.busy'))),
    ).toBe(true);
    for (const name of ['k.busy', 'k.offline']) await cell.vos('remove', '-id', name);
  });

  test('dumps go over to a command instead: each once, with digests, and they are whole there', async () => {
    const bench = new Workbench(cell);
    await cell.createVolume('r.over-there');
    mkdirSync(bench.at('there'));
    const to = [
      '-d',
      bench.at('d0'),
      '-R',
      bench.keys.recipients,
      '--move-over',
      `dd status=none of=${bench.at('there')}/{}`,
    ];
    const ended = await bench.run(...to, '--server', 'afs1', '--localauth', '--move-prefix', '');
    expect(ended.code, ended.stderr).toBe(0);
    expect(readdirSync(bench.at('d0'))).toEqual(['MOVED']);
    const sums = await run(['sha256sum', '--strict', '-c', bench.at('d0/MOVED')], { cwd: bench.at('there') });
    expect(sums.stdout.toString()).toBe('r.over-there.000001.full.dump.zst.age: OK\nvolumes.json: OK\n');
    const whole = await bench.extract('there', 'r.over-there');
    expect(contentOf(whole).equals(contentOf(await bench.dumpByVos('r.over-there')))).toBe(true);
    await cell.vos('remove', '-id', 'r.over-there');
    const failing = await bench.run(...to.slice(0, -1), 'false {}', '--server', 'afs1', '--localauth');
    expect(failing.code).toBe(2);
  });

  test.each([
    ['is gone', (bench: Workbench) => rmSync(bench.at('state')), /no such file/],
    ['is damaged', (bench: Workbench) => truncateSync(bench.at('state'), 40), /damaged/],
    [
      'is of other recipients',
      (bench: Workbench) => copyFileSync(keyPair(temporaryDirectory()).recipients, bench.keys.recipients),
      /of other recipients/,
    ],
  ])('what is known of them %s: every volume is dumped in full', async (_, happens, why) => {
    const bench = new Workbench(cell);
    await cell.createVolume('r.state');
    await bench.dump('d0');
    happens(bench);
    const ended = await bench.dump('d1', 'd0');
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(why);
    expect(bench.record('d1').volumes[0]?.dumps).toMatchObject([{ from: 0 }]);
    expect(statSync(join(bench.at('d1'), bench.record('d1').volumes[0]?.dumps[0]?.file ?? '')).nlink).toBe(1);
    await cell.vos('remove', '-id', 'r.state');
  });
});

/** Puts a copy in the place of a file that has other names. */
function readCopy(file: string): string {
  const { atime, mtime } = statSync(file);
  copyFileSync(file, `${file}.copy`);
  rmSync(file);
  copyFileSync(`${file}.copy`, file);
  rmSync(`${file}.copy`);
  utimesSync(file, atime, mtime);
  return file;
}
