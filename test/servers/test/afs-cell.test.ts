import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processesWith, start, temporaryDirectory, until } from 'test-kit';
import { type AfsCell, startAfsCell } from 'test-servers';
import { beforeAll, describe, expect, test } from 'vitest';

describe('a cell', () => {
  let cell: AfsCell;
  beforeAll(async () => {
    cell = await startAfsCell({ pioctl: true, untilStopped: true });
    return cell.stop;
  }, 60_000);

  const listvol = async (...args: string[]): Promise<string> =>
    (await cell.run('vos', 'listvol', cell.server, ...args)).stdout.toString();

  test('has volumes on two partitions, and their content is what has been written', async () => {
    await cell.createVolume('user.alice');
    const bob = await cell.createVolume('user.bob', { partition: 'b' });
    expect(await listvol('a')).toMatch(/^user\.alice +\d+ RW +\d+ K On-line$/m);
    expect(await listvol('b')).toMatch(new RegExp(`^user\\.bob +${bob} RW +\\d+ K On-line$`, 'm'));

    const content = randomBytes(30_000_000);
    const home = await cell.mounted('user.bob');
    mkdirSync(join(home, 'mail'));
    writeFileSync(join(home, 'mail/large'), content);
    await cell.settled();
    const directory = temporaryDirectory();
    const dump = join(directory, 'dump');
    await cell.vos('dump', 'user.bob', '-file', dump);
    execFileSync('restorevol', ['-file', dump, '-dir', directory], { stdio: 'ignore' });
    expect(readFileSync(join(directory, 'user.bob/mail/large')).equals(content)).toBe(true);
  });

  test('has copies of volumes', async () => {
    await cell.createVolume('user.copied');
    await cell.addBackup('user.copied');
    await cell.addReadOnly('user.copied');
    const list = await listvol('a');
    expect(list).toMatch(/^user\.copied\.readonly +\d+ RO .* On-line$/m);
    expect(list).toMatch(/^user\.copied\.backup +\d+ BK .* On-line$/m);
  });

  test('a volume off-line', async () => {
    await cell.createVolume('t.offline');
    const undo = await cell.makeOffline('t.offline');
    expect(await listvol()).toMatch(/^t\.offline +\d+ RW +\d+ K Off-line$/m);
    await undo();
    expect(await listvol()).toMatch(/^t\.offline +\d+ RW +\d+ K On-line$/m);
  });

  test('a busy volume', async () => {
    const id = await cell.createVolume('t.busy');
    const undo = await cell.makeBusy('t.busy');
    expect(await listvol()).toContain(`**** Volume ${id} is busy ****`);
    expect(await listvol()).not.toContain('t.busy');
    expect(await cell.transactions()).toMatchObject([{ volume: id, procedure: 'SetFlags' }]);
    await undo();
    expect(await cell.transactions()).toEqual([]);
    expect(await listvol()).toMatch(/^t\.busy +\d+ RW +\d+ K On-line$/m);
  });

  test('damaged volumes', async () => {
    const id = await cell.createVolume('t.damaged', { partition: 'b' });
    const undo = await cell.makeDamaged('t.damaged');
    for (let times = 0; times < 3; times++)
      expect(await listvol()).toContain(`**** Could not attach volume ${id} ****`);
    const entry = /^BEGIN_OF_ENTRY\nid\t\t(\d+)\nserv.*\npart.*\nstatus\t\tUNATTACHABLE\nEND_OF_ENTRY$/m;
    expect(entry.exec(await listvol('-format'))?.[1]).toBe(String(id));
    await undo();

    const other = await cell.createVolume('t.bogus');
    await cell.makeBogus('t.bogus');
    expect(await listvol()).toMatch(new RegExp(`^bogus\\.${other} +${other} RW +\\d+ K Off-line$`, 'm'));
  });

  test('volumes of which the VLDB and the server do not know both', async () => {
    await cell.makeVldbOnly('t.vldb');
    const id = await cell.makeDiskOnly('t.disk');
    const vldb = await cell.vos('listvldb');
    expect(vldb).toContain('t.vldb');
    expect(vldb).not.toContain('t.disk');
    expect(await listvol()).not.toContain('t.vldb');
    expect(await listvol()).toMatch(new RegExp(`^t\\.disk +${id} RW`, 'm'));
  });

  test('a token of an administrator is what a dump needs', async () => {
    await cell.createVolume('user.carol');
    const as = (keytab: string, ...argv: string[]) =>
      cell.run('k5start', '-q', '-f', keytab, '-U', '-t', '--', 'env', '-i', 'PATH=/usr/bin', ...argv);
    const dumped = await as(cell.keytabs.admin, 'vos', 'dump', 'user.carol');
    expect(dumped).toMatchObject({ code: 0 });
    expect(dumped.stdout.subarray(0, 5).toString('hex')).toBe('01b3a11322');
    expect(await as(cell.keytabs.nobody, 'vos', 'dump', 'user.carol')).toMatchObject({
      code: 255,
      stderr: expect.stringContaining('VOLSER: permission denied, not a super user'),
    });
    const without = await cell.run('vos', 'dump', 'user.carol');
    expect(without).toMatchObject({ code: 255, stderr: expect.stringContaining('running unauthenticated') });

    cell.pioctl.fail('settoken');
    expect(await as(cell.keytabs.admin, 'vos', 'dump', 'user.carol')).toMatchObject({ code: 255 });
    cell.pioctl.succeed('settoken');
    cell.pioctl.fail('setpag');
    expect(await as(cell.keytabs.admin, 'true')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('unable to create PAG'),
    });
    cell.pioctl.succeed('setpag');
  });

  test('checkvolumes is answered', async () => {
    expect(await cell.run('fs', 'checkvolumes')).toMatchObject({
      code: 0,
      stdout: Buffer.from('All volumeID/name mappings checked.\n'),
    });
    cell.pioctl.fail('checkvolumes');
    expect(await cell.run('fs', 'checkvolumes')).toMatchObject({ code: 1 });
    cell.pioctl.hang('checkvolumes');
    expect(await cell.run('timeout', '1', 'fs', 'checkvolumes')).toMatchObject({ code: 124 });
    cell.pioctl.succeed('checkvolumes');
    expect(await cell.run('fs', 'checkvolumes')).toMatchObject({ code: 0 });
  });

  test('a silent server', async () => {
    await cell.dropPackets();
    const list = ['vos', 'listvol', cell.server];
    expect(await cell.run('timeout', '1', ...list)).toMatchObject({ code: 124 });
    await cell.passPackets();
    cell.daemons.volserver.signal('SIGSTOP');
    expect(await cell.run('timeout', '1', ...list)).toMatchObject({ code: 124 });
    cell.daemons.volserver.signal('SIGCONT');
    expect(await cell.run('timeout', '10', ...list)).toMatchObject({ code: 0 });
    await cell.dropPackets('krb5kdc');
    expect(await cell.run('timeout', '10', ...list)).toMatchObject({ code: 0 });
    await cell.passPackets();
  });

  test('a server that is killed, and started again', async () => {
    const { volserver } = cell.daemons;
    const before = volserver.pid;
    await volserver.kill();
    expect(await cell.run('vos', 'listvol', cell.server)).toMatchObject({ code: 1 });
    await volserver.start();
    expect(volserver.pid).not.toBe(before);
    expect(await cell.run('vos', 'listvol', cell.server)).toMatchObject({ code: 0 });
    for (const daemon of Object.values(cell.daemons)) {
      await daemon.kill();
      await daemon.start();
    }
    expect(await cell.run('vos', 'listvol', cell.server)).toMatchObject({ code: 0 });
  });
});

test('two cells at once, and nothing is left of them', async () => {
  const cells = await Promise.all([
    startAfsCell({ untilStopped: true }),
    startAfsCell({ untilStopped: true }),
  ]);
  const [one, other] = cells;
  if (one === undefined || other === undefined) throw new Error('no cells');
  await one.createVolume('only.here');
  expect((await one.run('vos', 'listvol', one.server)).stdout.toString()).toContain('only.here');
  expect((await other.run('vos', 'listvol', one.server)).stdout.toString()).not.toContain('only.here');
  await one.mounted('only.here');
  const pids = cells.flatMap(({ daemons }) => Object.values(daemons).map(({ pid }) => pid));
  await one.stop();

  const client = start(other.client(['sleep', '987654']));
  await until(() => readFileSync(`/proc/${client.child.pid}/cmdline`, 'latin1').startsWith('sleep'));
  await expect(other.stop()).rejects.toThrow(`left running in the cell:\n${client.child.pid} sleep 987654`);
  expect(await client.ended).toMatchObject({ signal: 'SIGKILL' });
  for (const { directory } of cells) {
    expect(processesWith(directory)).toEqual([]);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(directory);
    expect(existsSync(directory)).toBe(false);
  }
  expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
});
