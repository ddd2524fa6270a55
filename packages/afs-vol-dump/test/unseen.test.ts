import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start, until } from 'test-kit';
import { type AfsCell, startAfsCell } from 'test-servers';
import { beforeAll, describe, expect, test } from 'vitest';
import { contentOf, Workbench } from './workbench.ts';

describe('changes that a header does not tell', () => {
  let cell: AfsCell;
  beforeAll(async () => {
    cell = await startAfsCell({ pioctl: true, untilStopped: true });
    return cell.stop;
  }, 60_000);

  async function write(volume: string, file: string, content: string | Buffer): Promise<void> {
    writeFileSync(join(await cell.mounted(volume), file), content);
    await cell.settled();
  }
  /** Times are whole seconds: what is to be later is in another one. */
  async function nextSecond(): Promise<void> {
    const second = (): number => Math.floor(Date.now() / 1000);
    const now = second();
    await until(() => second() > now + 1);
  }
  /** A directory of dumps has the volume as it is now, to the byte. */
  async function expectAsNow(bench: Workbench, directory: string, volume: string): Promise<void> {
    const whole = await bench.extract(directory, volume);
    expect(contentOf(whole).equals(contentOf(await bench.dumpByVos(volume)))).toBe(true);
  }
  const isDumping = (bench: Workbench, name: string): boolean =>
    existsSync(bench.at(name)) &&
    readdirSync(bench.at(name)).some(
      (file) => file.endsWith('.partial') && statSync(join(bench.at(name), file)).size > 1e5,
    );

  test('the file server crashes, and has not written down that a volume has changed', async () => {
    const bench = new Workbench(cell);
    await cell.createVolume('c.crash');
    await write('c.crash', 'x', 'first\n');
    await nextSecond();
    await bench.dump('d0');
    await nextSecond();
    await write('c.crash', 'x', 'second\n');
    const { fileserver, volserver } = cell.daemons;
    await fileserver.kill();
    await volserver.kill();
    await fileserver.start();
    await volserver.start();
    // Somebody uses the volume: the salvager looks at it, and finds nothing.
    await cell.vos('backup', 'c.crash').catch(() => {});
    const isOnline = async (): Promise<boolean> =>
      /c\.crash .* On-line/.test((await cell.run('vos', 'listvol', 'afs1')).stdout.toString());
    await expect.poll(isOnline, { timeout: 60_000 }).toBe(true);
    const ended = await bench.dump('d1', 'd0', '--retry', '60');
    expect(ended.code, ended.stderr).toBe(0);
    expect(readFileSync(join((await bench.unpack('d1', 'c.crash')).tree, 'x'), 'utf8')).toBe('second\n');
    await expectAsNow(bench, 'd1', 'c.crash');
    await cell.vos('remove', '-id', 'c.crash');
  });

  test('a volume is restored between the list and its dump', async () => {
    const bench = new Workbench(cell);
    await cell.createVolume('a.big');
    await cell.createVolume('z.small');
    await write('a.big', 'file', randomBytes(80e6));
    await write('z.small', 'x', 'first\n');
    await write('z.small', 'weight', randomBytes(100e3));
    await nextSecond();
    await bench.dump('d0');
    const old = await bench.extract('d0', 'z.small');
    await nextSecond();
    await write('z.small', 'x', 'second\n');
    await bench.dump('d1', 'd0');
    await nextSecond();
    await write('z.small', 'y', 'new\n');
    await write('a.big', 'file', randomBytes(80e6));
    const { child, ended } = start(
      bench.argv(...bench.into('d2', 'd1'), '--localauth', '--parallel', '1', '--server', 'afs1'),
    );
    await until(() => isDumping(bench, 'd2'));
    child.kill('SIGSTOP');
    await cell.vos('restore', 'afs1', 'a', 'z.small', '-file', old, '-overwrite', 'full');
    child.kill('SIGCONT');
    expect(await ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('z.small: restored, or the clock was set'),
    });
    await expectAsNow(bench, 'd2', 'z.small');
    for (const name of ['a.big', 'z.small']) await cell.vos('remove', '-id', name);
  });

  test('an incremental dump is restored over a volume, and brings old times with it', async () => {
    const bench = new Workbench(cell);
    await cell.createVolume('c.inc');
    await write('c.inc', 'x', 'first\n');
    await bench.dump('d0');
    await nextSecond();
    const since = Math.floor(Date.now() / 1000) - 1;
    await write('c.inc', 'x', 'second\n');
    const mine = bench.at('mine');
    await cell.vos('dump', 'c.inc', '-time', String(since), '-file', mine);
    await nextSecond();
    await write('c.inc', 'x', 'third\n');
    await bench.dump('d1', 'd0');
    await nextSecond();
    await cell.vos('restore', 'afs1', 'a', 'c.inc', '-file', mine, '-overwrite', 'incremental');
    await write('c.inc', 'other', 'later\n');
    expect(await bench.dump('d2', 'd1')).toMatchObject({ code: 0 });
    await expectAsNow(bench, 'd2', 'c.inc');
    await cell.vos('remove', '-id', 'c.inc');
  });

  test('the salvager makes a directory anew, with its old time', async () => {
    const bench = new Workbench(cell);
    await cell.createVolume('c.salvaged');
    const tree = await cell.mounted('c.salvaged');
    mkdirSync(join(tree, 'sub'));
    for (let i = 0; i < 5; i += 1) writeFileSync(join(tree, `sub/a-file-of-that-${i}`), `${i}\n`);
    await cell.settled();
    await nextSecond();
    await bench.dump('d0');
    // As after a crash of the machine: what was in a directory is lost.
    await cell.vos('offline', 'afs1', 'a', 'c.salvaged');
    const found = execFileSync('grep', [
      '-rla',
      'a-file-of-that-3',
      join(cell.directory, 'vicepa/AFSIDat'),
    ]).toString();
    for (const file of found.trim().split('\n')) writeFileSync(file, Buffer.alloc(2048));
    const { volserver, fileserver, salvageserver } = cell.daemons;
    for (const daemon of [volserver, fileserver, salvageserver]) await daemon.kill();
    await cell.run('/usr/lib/openafs/dasalvager', '-partition', '/vicepa', '-orphans', 'attach', '-force');
    for (const daemon of [salvageserver, fileserver, volserver]) await daemon.start();
    await cell.vos('online', 'afs1', 'a', 'c.salvaged').catch(() => {});
    const ended = await bench.dump('d1', 'd0', '--retry', '60');
    expect(ended.code, ended.stderr).toBe(0);
    await expectAsNow(bench, 'd1', 'c.salvaged');
    await cell.vos('remove', '-id', 'c.salvaged');
  });

  test('only the quota has changed', async () => {
    const bench = new Workbench(cell);
    await cell.createVolume('c.quota');
    await write('c.quota', 'x', 'x');
    await nextSecond();
    await bench.dump('d0');
    await cell.vos('setfields', '-id', 'c.quota', '-maxquota', '4711');
    expect(await bench.dump('d1', 'd0')).toMatchObject({ code: 0 });
    const whole = readFileSync(await bench.extract('d1', 'c.quota'));
    expect(whole.includes(Buffer.from('q\0\0\x12\x67', 'latin1'))).toBe(true);
    await cell.vos('remove', '-id', 'c.quota');
  });

  // What the state says of clocks is changed in the place of the clocks.
  test.each([
    [
      'of the server',
      (state: State) => void (state.volumes[0] as { seen: { skew: number } }).seen.skew--,
      /restored, or the clock was set/,
    ],
    ['of this host', (state: State) => void state.clock.wall--, /the clock of this host was set since/],
  ])('the clock %s was set between two runs', async (whose, change, said) => {
    const bench = new Workbench(cell);
    const name = `c.${whose.split(' ').at(-1)}`;
    await cell.createVolume(name);
    await write(name, 'weight', randomBytes(100e3));
    await bench.dump('d0');
    const state: State = JSON.parse(readFileSync(bench.at('state'), 'utf8'));
    for (let second = 0; second < 3600; second += 1) change(state);
    writeFileSync(bench.at('state'), JSON.stringify(state));
    await write(name, 'x', 'x');
    const ended = await bench.dump('d1', 'd0');
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringMatching(said) });
    expect(bench.record('d1').volumes[0]?.dumps).toMatchObject([{ from: 0 }]);
    await cell.vos('remove', '-id', name);
  });

  test('the VLDB has a volume on another partition than the disk: it is dumped, and named', async () => {
    const bench = new Workbench(cell);
    await cell.createVolume('c.place');
    await bench.dump('d0');
    await cell.vos('changeloc', 'afs1', 'b', 'c.place');
    const ended = await bench.dump('d1', 'd0');
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^afs-vol-dump: c\.place: on another partition/m),
    });
    await cell.vos('changeloc', 'afs1', 'a', 'c.place');
    await expectAsNow(bench, 'd1', 'c.place');
    await cell.vos('remove', '-id', 'c.place');
  });

  test('a volume that is not in the VLDB any more is dumped in full when it has changed', async () => {
    const bench = new Workbench(cell);
    const id = await cell.createVolume('c.lost');
    await write('c.lost', 'weight', randomBytes(100e3));
    await nextSecond();
    await bench.dump('d0');
    await write('c.lost', 'x', 'new\n');
    await cell.vos('delentry', '-id', 'c.lost');
    const ended = await bench.dump('d1', 'd0');
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('c.lost: on the disk, but not in the VLDB'),
    });
    expect(bench.record('d1').volumes).toMatchObject([
      { name: 'c.lost', status: 'ok', dumps: [{ from: 0 }] },
    ]);
    expect(readdirSync(bench.at('d1'))).toHaveLength(2);
    expect(readFileSync(join((await bench.unpack('d1', 'c.lost')).tree, 'x'), 'utf8')).toBe('new\n');
    await cell.vos('zap', 'afs1', 'a', String(id));
  });

  test('a volume that only the disk has, under the name of another, does not take the place of its dump', async () => {
    const bench = new Workbench(cell);
    const old = await cell.createVolume('c.same');
    await cell.vos('delentry', '-id', 'c.same');
    await cell.createVolume('c.same', { partition: 'b' });
    const ended = await bench.dump('d0');
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^afs-vol-dump: c\.same: .*another volume has its name$/m),
    });
    await expectAsNow(bench, 'd0', 'c.same');
    await cell.vos('zap', 'afs1', 'a', String(old));
    await cell.vos('remove', '-id', 'c.same');
  });

  test('rights that are lost in the midst of a run do not throw away what has been dumped', async () => {
    const bench = new Workbench(cell);
    await cell.createVolume('a.first');
    await cell.createVolume('m.big');
    await cell.createVolume('z.last');
    await write('m.big', 'file', randomBytes(80e6));
    const args = [...bench.into('d0'), '--server', 'afs1', '--parallel', '1'];
    const k5start = ['k5start', '-q', '-f', cell.keytabs.admin, '-U', '-t', '--'];
    const { ended } = start(cell.client([...k5start, ...bench.inside(...args)]));
    await until(() => isDumping(bench, 'd0'));
    const users = join(cell.directory, 'etc/openafs/server/UserList');
    writeFileSync(users, 'somebody.else\n');
    const run = await ended;
    writeFileSync(users, 'admin\n');
    expect(run.code, run.stderr).toBe(1);
    expect(run.stderr).toMatch(/^afs-vol-dump: z\.last: .*permission denied/m);
    expect(bench.record('d0').volumes.map(({ name }) => name)).toEqual(['a.first']);
  });
});

interface State {
  clock: { wall: number };
  volumes: unknown[];
}
