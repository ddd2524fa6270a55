import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeTree, run } from 'test-kit';
import { type AfsCell, startAfsCell } from 'test-servers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentOf, describeWritten, restorevol, Workbench } from './workbench.ts';

const exhaustive = process.env.HCOOP_TEST_ALL !== undefined;
const large = exhaustive ? { files: 5000, bytes: 200e6 } : { files: 1000, bytes: 40e6 };

describe('a server with forty volumes, and some that are not as they should be', () => {
  let cell: AfsCell;
  let bench: Workbench;
  const sound = [
    ...Array.from({ length: 40 }, (_, i) => `user.u${String(i).padStart(2, '0')}`),
    'proj.large',
  ];

  beforeAll(async () => {
    cell = await startAfsCell({ untilStopped: true });
    bench = new Workbench(cell, mkdtempSync(join(tmpdir(), 'afs-volumes-')));
    for (const [i, name] of sound.entries()) {
      await cell.createVolume(name, { partition: i % 2 ? 'b' : 'a' });
      writeFileSync(join(await cell.mounted(name), 'whose'), `${name}\n`);
    }
    fill(await cell.mounted('proj.large'));
    await cell.addReadOnly('user.u00');
    await cell.addBackup('user.u01');
    await cell.createVolume('x.not-backed-up');
    await cell.settled();
  }, 300_000);
  afterAll(async () => {
    rmSync(bench.directory, { recursive: true });
    await cell.stop();
  });

  test('all that can be dumped is, each of the others is named, and nothing is changed', async () => {
    for (const name of ['w.offline', 'w.busy', 'w.damaged', 'w.bogus']) await cell.createVolume(name);
    const undo = [
      await cell.makeOffline('w.offline'),
      await cell.makeBusy('w.busy'),
      await cell.makeDamaged('w.damaged'),
    ];
    await cell.makeBogus('w.bogus');
    await cell.makeVldbOnly('w.vldb');
    await cell.makeDiskOnly('w.disk');
    const before = await cell.vos('listvol', 'afs1');

    const listed = await bench.run('--list', '--server', 'afs1');
    const wrong = ['w.bogus', 'w.busy', 'w.damaged', 'w.disk', 'w.offline', 'w.vldb'];
    expect(listed.stdout.toString().trim().split('\n')).toEqual([...sound, ...wrong].sort());

    const ended = await bench.dump('one', undefined, '--retry', '3');
    expect(ended.code, ended.stderr).toBe(1);
    const said = ended.stderr.split('\n').filter((line) => /^afs-vol-dump: (?!hint)/.test(line));
    expect(said.sort()).toEqual([
      'afs-vol-dump: excluded by their names: x.not-backed-up',
      'afs-vol-dump: w.bogus: renamed by the salvager: not all of it may be there',
      'afs-vol-dump: w.busy: busy: another operation has it',
      'afs-vol-dump: w.damaged: cannot be attached: it needs to be salvaged, or is just being',
      'afs-vol-dump: w.disk: on the disk, but not in the VLDB',
      'afs-vol-dump: w.offline: off-line',
      'afs-vol-dump: w.vldb: in the VLDB, but not on the disk',
    ]);
    const record = bench.record('one');
    expect(record.volumes.filter(({ status }) => status === 'ok').map(({ name }) => name)).toEqual(
      [...sound, 'w.disk'].sort(),
    );
    expect(record.volumes.filter(({ status }) => status === 'doubtful').map(({ name }) => name)).toEqual([
      'w.bogus',
      'w.offline',
    ]);
    expect(record.missing.sort()).toEqual(['w.busy', 'w.damaged', 'w.vldb']);
    expect(record.excluded).toEqual(['x.not-backed-up']);
    const files = record.volumes.flatMap(({ dumps }) => dumps.map(({ file }) => file));
    expect(readdirSync(bench.at('one')).sort()).toEqual([...files, 'volumes.json'].sort());
    expect(ended.stdout.toString()).toBe(
      [...files, 'volumes.json'].map((file) => `${bench.at('one')}/${file}\n`).join(''),
    );
    expect(await cell.vos('listvol', 'afs1')).toBe(before);
    expect(await cell.vos('status', 'afs1')).toContain('Total transactions: 1\n'); // that of w.busy
    for (const work of undo) await work();
    for (const name of ['w.offline', 'w.busy', 'w.damaged', 'w.bogus']) await cell.vos('remove', '-id', name);
    await cell.vos('delentry', '-id', 'w.vldb');
    await cell.vos('zap', 'afs1', 'a', String(record.volumes.find(({ name }) => name === 'w.disk')?.id));
  });

  test('names come on stdin, from a list of them or from anybody: those are dumped, wherever they are', async () => {
    const list = bench.argv('--list', '--server', 'afs1').join(' ');
    const dump = bench
      .argv('-', '-d', bench.at('some'), '-R', bench.keys.recipients, '--localauth')
      .join(' ');
    const piped = await run([
      'bash',
      '-c',
      `set -o pipefail; (${list} | grep '^user.u0[12]'; echo nowhere) | ${dump}`,
    ]);
    expect(piped).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^afs-vol-dump: nowhere: no read-write volume of that name$/m),
    });
    expect(readdirSync(bench.at('some')).sort()).toEqual([
      'user.u01.000001.full.dump.zst.age',
      'user.u02.000001.full.dump.zst.age',
      'volumes.json',
    ]);
    const partition = await bench.run(
      '--list',
      '--server',
      'afs1',
      '--partition',
      'b',
      '--exclude',
      'user.u[0-2]*',
    );
    expect(partition.stdout.toString().trim().split('\n')).toEqual([
      'user.u31',
      'user.u33',
      'user.u35',
      'user.u37',
      'user.u39',
    ]);
  });

  test('a restored volume is what was dumped, to the byte', async () => {
    for (const name of ['proj.large', 'user.u07']) {
      const whole = await bench.extract('one', name);
      expect(contentOf(whole).equals(contentOf(await bench.dumpByVos(name))), name).toBe(true);
      await cell.vos('restore', 'afs1', 'b', `${name}.r`, '-file', whole);
      expect(contentOf(whole).equals(contentOf(await bench.dumpByVos(`${name}.r`))), name).toBe(true);
      await cell.vos('remove', '-id', `${name}.r`);
    }
  });

  test('its files come back without a cell: all of them with owners, modes, times and links, or one', async () => {
    const writtenTree = describeWritten(await cell.mounted('proj.large'));
    const all = await bench.unpack('one', 'proj.large');
    expect(all.ended, all.ended.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(describeTree(all.tree)).toEqual(writtenTree);

    const one = await bench.unpack('one', 'proj.large', '/d3/again', 'd4/');
    expect(one.ended).toMatchObject({ code: 0, stderr: '' });
    const asked = writtenTree.filter((line) => /^"d(3\/again|4\/.*)" f /.test(line));
    expect(describeTree(one.tree).filter((line) => / f /.test(line))).toEqual(
      asked.map((line) => line.replace('link of "d3/again"', '')),
    );
    const none = await bench.unpack('one', 'proj.large', 'd3/nothing');
    expect(none.ended).toMatchObject({ code: 1, stderr: 'afs-vol-dump: d3/nothing: not in the volume\n' });
  });

  test('restorevol makes the same tree of it, as far as it goes', async () => {
    const all = await bench.unpack('one', 'user.u03');
    const whole = restorevol(await bench.extract('one', 'user.u03'), 'user.u03');
    const names = (tree: string): string[] =>
      describeTree(tree).map((line) => line.split(' ').slice(0, 2).join(' '));
    expect(names(whole)).toEqual(names(all.tree));
    const differences = await run(['diff', '-r', whole, all.tree]);
    expect(differences.stdout.toString()).toBe('');
  });
});

/** Many files, hard links, long names, deep directories, odd names and modes. */
function fill(tree: string): void {
  const size = Math.round(large.bytes / large.files);
  for (let i = 0; i < large.files; i += 1) {
    const directory = join(tree, `d${i % 50}`);
    if (i < 50) mkdirSync(directory);
    writeFileSync(join(directory, `file ${i}`), randomBytes(size));
  }
  for (let i = 0; i < 50; i += 1) linkSync(join(tree, `d${i}/file ${i}`), join(tree, `d${i}/again`));
  let deep = tree;
  for (let i = 0; i < 60; i += 1) {
    deep = join(deep, `level ${i}`);
    mkdirSync(deep);
  }
  writeFileSync(join(deep, 'bottom'), 'deep\n');
  writeFileSync(join(tree, 'empty'), '');
  writeFileSync(join(tree, 'n'.repeat(250)), 'long\n');
  writeFileSync(Buffer.from(`${tree}/latin\xe9 new\nline`, 'latin1'), 'odd\n');
  symlinkSync('d0/file 0', join(tree, 'link'));
  chmodSync(join(tree, 'd1/file 1'), 0o640);
}
