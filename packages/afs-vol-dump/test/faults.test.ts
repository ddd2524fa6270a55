import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, processesWith, start, until } from 'test-kit';
import { type AfsCell, startAfsCell } from 'test-servers';
import { beforeAll, describe, expect, test } from 'vitest';
import { Workbench } from './workbench.ts';

const exhaustive = process.env.HCOOP_TEST_ALL !== undefined;

describe('faults', () => {
  let cell: AfsCell;
  beforeAll(async () => {
    cell = await startAfsCell({ pioctl: true, untilStopped: true });
    await cell.createVolume('user.small');
    await cell.createVolume('user.large');
    writeFileSync(join(await cell.mounted('user.small'), 'file'), 'small\n');
    writeFileSync(join(await cell.mounted('user.large'), 'file'), randomBytes(80e6));
    await cell.settled();
    return cell.stop;
  }, 60_000);

  /** Dumps the large volume, does something in the midst of it, and waits for the end. */
  async function inTheMidst(act: (pid: number) => Promise<unknown> | unknown, ...args: string[]) {
    const bench = new Workbench(cell);
    const argv = bench.argv(...bench.into('d0'), '--localauth', '--timeout', '3', 'user.large', ...args);
    const { child, ended } = start(argv, { group: true });
    const isAtIt = (): boolean =>
      existsSync(bench.at('d0')) &&
      readdirSync(bench.at('d0')).some(
        (name) => name.endsWith('.partial') && statSync(join(bench.at('d0'), name)).size > 1e6,
      );
    await until(isAtIt);
    await act(child.pid ?? 0);
    return { bench, ended: await ended, files: readdirSync(bench.at('d0')) };
  }

  /** On-line, not busy, and without a clone of it: as before. */
  async function isAsBefore(): Promise<void> {
    await expect.poll(() => cell.transactions(), { timeout: 300_000 }).toEqual([]);
    const list = (await cell.run('vos', 'listvol', 'afs1')).stdout.toString();
    expect(list).toMatch(/^Total volumes onLine 2 ; Total volumes offLine 0 ; Total busy 0$/m);
    expect(list).toMatch(/^user\.large .* On-line$/m);
  }

  const messages = ({ stderr }: Ended): string[] =>
    stderr
      .trim()
      .split('\n')
      .filter((line) => !/^afs-vol-dump: hint/.test(line));

  test('the volume server is killed in the midst of a dump', async () => {
    const { volserver } = cell.daemons;
    const { ended, files } = await inTheMidst(async () => {
      await volserver.kill();
      await volserver.start();
    });
    expect(ended.code).toBe(2);
    expect(messages(ended)).toEqual([
      // Whether vos is told, or hears nothing, is a matter of luck.
      expect.stringMatching(
        /^afs-vol-dump: user\.large: (nothing more came within 3 s|.* communication failure$)/,
      ),
      expect.stringMatching(/^afs-vol-dump: \S+: no volume was dumped$/),
    ]);
    expect(files).toEqual([]);
    await isAsBefore();
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    '%s to all of the command: vos ends by itself',
    async (signal) => {
      const { ended, files } = await inTheMidst((pid) => process.kill(-pid, signal));
      expect(ended).toMatchObject(
        signal === 'SIGKILL'
          ? { signal }
          : { code: signal === 'SIGTERM' ? 143 : 130, stderr: `afs-vol-dump: interrupted: ${signal}\n` },
      );
      expect(files.filter((name) => !/^\..*\.partial$/.test(name))).toEqual([]);
      if (signal !== 'SIGKILL') expect(files).toEqual([]);
      await isAsBefore();
    },
  );

  test('no room for a dump: that volume is a loss, the others are there', async () => {
    const bench = new Workbench(cell);
    await cell.run('mkdir', bench.at('small'));
    await cell.run('mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', bench.at('small'));
    const ended = await bench.dump('small/d0');
    const files = (await cell.run('ls', '-A', bench.at('small/d0'))).stdout.toString();
    await cell.run('umount', bench.at('small'));
    expect(ended.code).toBe(1);
    expect(messages(ended)).toEqual([
      expect.stringMatching(/^afs-vol-dump: user\.large: age: failed .*no space left on device$/),
    ]);
    expect(files).toBe('user.small.000001.full.dump.zst.age\nvolumes.json\n');
    await isAsBefore();
  });

  test('the server does not answer from the start', async () => {
    const bench = new Workbench(cell);
    await cell.dropPackets('volserver');
    const ended = await bench.dump('d0', undefined, '--timeout', '2');
    await cell.passPackets();
    expect(ended.code).toBe(2);
    expect(messages(ended)).toEqual(['afs-vol-dump: vos listvol: no answer within 2 s']);
    await cell.dropPackets('vlserver');
    const other = await bench.dump('d1', undefined, '--timeout', '2');
    await cell.passPackets();
    expect(other.code).toBe(2);
    expect(messages(other)).toEqual(['afs-vol-dump: vos listvldb: no answer within 2 s']);
  });

  test('the volume server, or that of the VLDB, is down', async () => {
    const bench = new Workbench(cell);
    await cell.daemons.volserver.kill();
    const ended = await bench.dump('d0');
    await cell.daemons.volserver.start();
    expect(ended.code).toBe(2);
    expect(messages(ended)).toEqual([
      expect.stringMatching(/^afs-vol-dump: vos listvol: failed with exit code 1: .*ommunication failure/),
    ]);
    await cell.daemons.vlserver.kill();
    const other = await bench.dump('d1');
    await cell.daemons.vlserver.start();
    expect(other.code).toBe(2);
    expect(messages(other)).toEqual([
      expect.stringMatching(/^afs-vol-dump: vos listvldb: failed with exit code \d+: /),
    ]);
  });

  test('the file server is down: its list does not come, nor does anything of a volume', async () => {
    const bench = new Workbench(cell);
    await cell.daemons.fileserver.kill();
    const ended = await bench.dump('d0', undefined, '--timeout', '2', '--retry', '0');
    await cell.daemons.fileserver.start();
    expect(ended.code).toBe(2);
    expect(messages(ended)).toEqual([
      'afs-vol-dump: afs1: no list of its volumes: vos listvol: no answer within 2 s',
      expect.stringMatching(/^afs-vol-dump: user\.large: (busy|cannot be attached): /),
      expect.stringMatching(/^afs-vol-dump: user\.small: (busy|cannot be attached): /),
      expect.stringMatching(/^afs-vol-dump: \S+: no volume was dumped$/),
    ]);
  });

  test('without a token, and as somebody without rights', async () => {
    const bench = new Workbench(cell);
    const args = [...bench.into('d0'), '--server', 'afs1'];
    const ended = await bench.run(...args);
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^afs-vol-dump: vos: has no AFS token, and without one it may dump nothing\n.*k5start -t/,
      ),
    });
    const nobody = await cell.run(
      'k5start',
      '-q',
      '-f',
      cell.keytabs.nobody,
      '-U',
      '-t',
      '--',
      ...bench.inside(...args),
    );
    expect(nobody.code).toBe(2);
    expect(messages(nobody)).toEqual([
      'afs-vol-dump: vos dump: failed with exit code 255: VOLSER: permission denied, not a super user',
    ]);
    const admin = await cell.run(
      'k5start',
      '-q',
      '-f',
      cell.keytabs.admin,
      '-U',
      '-t',
      '--',
      ...bench.inside(...args),
    );
    expect(admin).toMatchObject({ code: 0, stderr: '' });
    await isAsBefore();
  });

  // The last one: what is left on the server then is there for a minute or two.
  test('the server falls silent in the midst of a dump: the others are not waited for, and vos cleans up when it answers', async () => {
    const silence = () => cell.dropPackets('volserver', 'fileserver');
    const { ended, files } = await inTheMidst(silence, '--parallel', '1', 'user.small');
    expect(ended.code).toBe(2);
    expect(messages(ended)).toEqual([
      expect.stringMatching(/^afs-vol-dump: user\.large: nothing more came within 3 s, after \d+ bytes$/),
      'afs-vol-dump: user.small: 10.99.99.1: does not answer any more',
      expect.stringMatching(
        /^afs-vol-dump: user\.large: its clone \d+: may be left on \S+, and busy for some minutes: vos status: no answer within 3 s$/,
      ),
      expect.stringMatching(/^afs-vol-dump: \S+: no volume was dumped$/),
    ]);
    expect(files).toEqual([]);
    await cell.passPackets();
    const clone = Number(/its clone (\d+)/.exec(ended.stderr)?.[1]);
    expect((await cell.transactions()).map(({ volume }) => volume)).toEqual([clone]); // and not the volume itself
    if (exhaustive) return isAsBefore();
    for (const pid of processesWith('vos dump -id .* -clone -localauth'))
      process.kill(Number(pid), 'SIGKILL');
  });
});
