import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  backupCommand,
  builtCommand,
  describeTree,
  type Ended,
  inMountNamespace,
  makeHost,
  node,
  run,
  type TestHost,
  temporaryDirectory,
} from 'test-kit';
import { type AfsCell, type PioctlCall, startAfsCell } from 'test-servers';
import { beforeAll, describe, expect, test } from 'vitest';

describe('a host that serves AFS volumes', () => {
  let cell: AfsCell;
  beforeAll(async () => {
    cell = await startAfsCell({ pioctl: true, untilStopped: true });
    for (const name of ['user.ann', 'user.bob', 'x.not-backed-up']) {
      await cell.createVolume(name);
      const tree = await cell.mounted(name);
      mkdirSync(join(tree, 'mail'));
      writeFileSync(join(tree, 'mail/one'), `${name}\n`.repeat(3000));
    }
    await cell.settled();
    return cell.stop;
  }, 60_000);

  function afsHost(afs = `keytab = "${cell.keytabs.admin}"\n`): TestHost {
    const host = makeHost(
      `[system]\nenabled = false\n[afs]\nserver = "afs1"\nretry = 0\ntimeout = 10\n${afs}`,
    );
    const config = readFileSync(host.config, 'utf8');
    writeFileSync(host.config, `logs = "${join(host.directory, 'logs')}"\n${config}`);
    return host;
  }

  /** The wrapper in the cell, as the gate starts it. */
  const wrapper = (host: TestHost): Promise<Ended> =>
    cell.run(node, builtCommand('hcoop-backup-wrapper'), '--config', host.config);
  const asAdmin = (...argv: string[]): Promise<Ended> =>
    cell.run('k5start', '-q', '-t', '-f', cell.keytabs.admin, '-U', '--', ...argv);
  /** A backup of a date, with a token. */
  const backUp = (host: TestHost, date: string): Promise<Ended> =>
    asAdmin(node, builtCommand('hcoop-backup'), '--config', host.config, '--date', date);
  const componentsOf = (host: TestHost, date: string) =>
    JSON.parse(readFileSync(join(host.staging, date, 'MANIFEST.json'), 'utf8')).components;
  const log = (host: TestHost): string => {
    const logs = join(host.directory, 'logs');
    const names = readdirSync(logs).sort();
    return names.map((name) => readFileSync(join(logs, name), 'utf8')).join('');
  };
  /** A full dump without its head, in which names, numbers and times are. */
  const dumpOf = async (volume: string): Promise<Buffer> => {
    const file = join(temporaryDirectory(), 'dump');
    await cell.vos('dump', volume, '-file', file);
    const dump = readFileSync(file);
    return dump.subarray(dump.indexOf(Buffer.from([3, 0, 0, 0, 1, 0, 0, 0, 1]))); // the root directory is the first vnode
  };
  /** As the client shows a tree, and as it comes back: a link has no mode on Linux, and the volume's own directory is its owner's alone. */
  const written = async (volume: string): Promise<string[]> =>
    describeTree(await cell.mounted(volume), { plain: true }).map((line) =>
      line.replace(/ l \d+ /, ' l 777 ').replace(/^"" d \d+ /, '"" d 700 '),
    );

  test('the wrapper gets a token, and the volumes are backed up; what has not changed is linked by the next run', async () => {
    const host = afsHost();
    const ended = await wrapper(host);
    expect(ended.code, ended.stderr + log(host)).toBe(0);
    expect(ended.stderr).toContain('hcoop-backup-wrapper: volumes: ok\n');
    const [date = ''] = readdirSync(host.staging).filter((name) => /^\d/.test(name));
    const { volumes } = componentsOf(host, date);
    expect(volumes.files.map(({ path }: { path: string }) => path)).toEqual([
      'volumes/user.ann.000001.full.dump.zst.age',
      'volumes/user.bob.000001.full.dump.zst.age',
      'volumes/volumes.json',
    ]);
    writeFileSync(join(await cell.mounted('user.ann'), 'mail/two'), 'two\n');
    await cell.settled();
    expect(await backUp(host, '2031-01-02')).toMatchObject({ code: 0 });
    const next = componentsOf(host, '2031-01-02').volumes.files;
    expect(next.map(({ path, since }: { path: string; since?: string }) => [path, since])).toEqual([
      ['volumes/user.ann.000001.full.dump.zst.age', date],
      ['volumes/user.ann.000002.incremental.dump.zst.age', undefined],
      ['volumes/user.bob.000001.full.dump.zst.age', date],
      ['volumes/volumes.json', undefined],
    ]);
    const inode = (on: string) =>
      statSync(join(host.staging, on, 'volumes/user.bob.000001.full.dump.zst.age')).ino;
    expect(inode('2031-01-02')).toBe(inode(date));
  });

  test('each date restores to its own state: into the cell, to a directory, by hand, in a drill', async () => {
    const host = afsHost();
    const tree = await cell.mounted('user.ann');
    const then: { dump: Buffer; tree: string[] }[] = [];
    for (const date of ['2026-01-01', '2026-01-02', '2026-01-03']) {
      writeFileSync(join(tree, `of ${date}`), `${date}\n`);
      writeFileSync(join(tree, 'mail/one'), date.repeat(100));
      if (date === '2026-01-03') rmSync(join(tree, 'of 2026-01-01'));
      await cell.settled();
      const ended = await backUp(host, date);
      expect(ended.code, ended.stderr).toBe(0);
      then.push({ dump: await dumpOf('user.ann'), tree: await written('user.ann') });
    }
    expect(readdirSync(host.staging).filter((name) => /^\d/.test(name))).toHaveLength(2); // the first has expired
    const keys = ['-i', host.identity, '--signer', host.signer, '--staging', host.staging];
    const restore = (...args: string[]): Promise<Ended> =>
      asAdmin(node, builtCommand('hcoop-restore'), ...keys, '--volume', 'user.ann', ...args);
    const place = ['--server', 'afs1', '--partition', 'b'];

    const refused = await restore(...place, '2026-01-03');
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is such a volume already'),
    });
    for (const [index, at] of [
      [1, '2026-01-02'],
      [2, '2026-01-20'],
    ] as const) {
      const ended = await restore(...place, '--as', 'user.ann.r', '--at', at);
      expect(ended.code, ended.stderr).toBe(0);
      expect((await dumpOf('user.ann.r')).equals(then[index]?.dump ?? Buffer.of())).toBe(true);
      const again = await restore(...place, '--as', 'user.ann.r', '--overwrite', '--at', at);
      expect(again.code, again.stderr).toBe(0);
      expect((await dumpOf('user.ann.r')).equals(then[index]?.dump ?? Buffer.of())).toBe(true);
      await cell.vos('remove', '-id', 'user.ann.r');
    }

    // Where there is no AFS at all.
    const to = join(host.directory, 'restored');
    const files = await run([
      builtCommand('hcoop-restore'),
      ...keys,
      '--volume',
      'user.ann',
      '--to',
      to,
      '2026-01-02',
    ]);
    expect(files.code, files.stderr).toBe(0);
    expect(describeTree(join(to, 'user.ann'))).toEqual(then[1]?.tree);
    const one = join(host.directory, 'one');
    await run([
      builtCommand('hcoop-restore'),
      ...keys,
      '--volume',
      'user.ann',
      '--to',
      one,
      '2026-01-02',
      'mail/one',
    ]);
    expect(readFileSync(join(one, 'user.ann/mail/one'), 'utf8')).toBe('2026-01-02'.repeat(100));
    expect(readdirSync(join(one, 'user.ann'))).toEqual(['mail']);

    const script = restoreScript(join(host.staging, '2026-01-03'), host.identity);
    const byHand = await asAdmin('bash', '-c', script);
    expect(byHand.stdout.toString(), byHand.stderr).toMatch(/all of it\n$/);
    expect(byHand.stdout.toString()).not.toContain('NOT');
    expect((await dumpOf('user.ann.by-hand')).equals(then[2]?.dump ?? Buffer.of())).toBe(true);

    const date = join(host.staging, '2026-01-03');
    const opened = await run([
      builtCommand('hcoop-verify'),
      '-i',
      host.identity,
      '--signer',
      host.signer,
      date,
    ]);
    expect(opened.code, opened.stderr).toBe(0);
    const ownKey = host.signer.replace('.pub', '');
    const drill = ['--drill', '-i', host.identity, '--signer', host.signer, '--sign-with', ownKey, date];
    expect((await run([builtCommand('hcoop-verify'), ...drill])).stdout.toString()).toContain(
      'result passed\n',
    );
  });

  describe('a date is published without the volumes, and it is said what was missing, where', () => {
    const kadmin = (query: string): Promise<Ended> => cell.run('kadmin.local', '-q', query);
    const nothing = /^k5start: failed with exit code 1: no volume can be dumped$/;
    const stand = (call: PioctlCall) => ({
      before: () => cell.pioctl.fail(call),
      after: () => cell.pioctl.succeed(call),
    });
    interface Fault {
      readonly keytab?: () => string;
      readonly before?: () => unknown;
      readonly after?: () => unknown;
      /** What the other side hears, and what is in the log. */
      readonly said: RegExp;
      readonly logged: RegExp;
    }
    const faults: Record<string, Fault> = {
      'the KDC is down': {
        before: () => cell.daemons.krb5kdc.kill(),
        after: () => cell.daemons.krb5kdc.start(),
        said: nothing,
        logged: /^k5start: .*Cannot contact any KDC/m,
      },
      'the KDC is silent': {
        before: () => cell.dropPackets('krb5kdc'),
        after: () => cell.passPackets(),
        said: nothing,
        logged: /^k5start: .*Cannot contact any KDC/m,
      },
      'the keytab is missing': {
        keytab: () => '/nowhere/keytab',
        said: nothing,
        logged: /^k5start: .*\/nowhere\/keytab/m,
      },
      'the key in the keytab is an old one': {
        before: () => kadmin('cpw -randkey admin'),
        after: () => kadmin(`ktadd -k ${cell.keytabs.admin} admin`),
        said: nothing,
        logged: /^k5start: error getting credentials/m,
      },
      'aklog fails': {
        ...stand('settoken'),
        said: /^aklog: there is a ticket, but no token came of it: no volume can be dumped$/,
        logged: /^aklog: /m,
      },
      'there can be no PAG': { ...stand('setpag'), said: nothing, logged: /^k5start: unable to create PAG/m },
      'the principal has no rights': {
        keytab: () => cell.keytabs.nobody,
        said: /^volumes: failed$/,
        logged: /^afs-vol-dump: vos dump: .*permission denied/m,
      },
    };
    test.each(Object.keys(faults))('%s', async (name) => {
      const { keytab = () => cell.keytabs.admin, before, after, said, logged } = faults[name] as Fault;
      const host = afsHost(`keytab = "${keytab()}"\n`);
      await before?.();
      const ended = await wrapper(host);
      await after?.();
      expect(ended.code, ended.stderr).toBe(1);
      const lines = ended.stderr.split('\n').map((line) => line.replace('hcoop-backup-wrapper: ', ''));
      expect(lines).toContainEqual(expect.stringMatching(said));
      expect(log(host)).toMatch(logged);
      expect(lines).toContain('volumes: failed');
      expect(lines).toContain('files: ok');
      expect(ended.stdout.toString()).toMatch(/^\/\S+\/\d{4}-\d\d-\d\d\/\n$/);
    });

    test('where that is configured: nothing is, without a token', async () => {
      const host = afsHost(`keytab = "/nowhere/keytab"\non_failure = "stop"\n`);
      const ended = await wrapper(host);
      expect(ended.code).toBe(2);
      expect(ended.stderr).toContain('hcoop-backup-wrapper: backup: not begun: there is no AFS token\n');
      expect(
        existsSync(host.staging) && readdirSync(host.staging).filter((name) => /^\d/.test(name)),
      ).toEqual([]);
    });
  });

  test('that fs checkvolumes fails is said, and the volumes are backed up', async () => {
    const host = afsHost(`keytab = "${cell.keytabs.admin}"\nexclude = []\n`);
    cell.pioctl.fail('checkvolumes');
    const ended = await wrapper(host);
    cell.pioctl.succeed('checkvolumes');
    expect(ended.stderr).toMatch(
      /^hcoop-backup-wrapper: fs: failed with exit code 1: volumes that were moved may be missing$/m,
    );
    expect(ended.stderr).toContain('volumes: ok\n');
    const [date = ''] = readdirSync(host.staging).filter((name) => /^\d/.test(name));
    expect(readdirSync(join(host.staging, date, 'volumes'))).toContain(
      'x.not-backed-up.000001.full.dump.zst.age', // nothing is excluded where nothing is to be
    );
    expect(ended.code).toBe(1);
  });
});

test('where AFS is not configured, the volumes are skipped; where it is, and is not installed, that is said', async () => {
  const plain = makeHost();
  expect((await plain.backup('--date', '2026-01-01')).stderr).toContain('volumes: skipped, not configured, ');
  const host = makeHost('[system]\nenabled = false\n[afs]\nlocalauth = true\n');
  const without = 'mount --bind /dev/null /usr/bin/vos; exec "$@"';
  const ended = await run(inMountNamespace(without, node, ...backupCommand(host, '--date', '2026-01-01')));
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(
    'hcoop-backup: volumes: failed: vos: no such program\nhcoop-backup: hint: apt install openafs-client\n',
  );
});

/** The lines of RESTORE.txt for volumes, filled in as a person does. */
function restoreScript(date: string, identity: string): string {
  const text = readFileSync(join(date, 'RESTORE.txt'), 'utf8');
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('    '))
    .map((line) => line.slice(4));
  const part = (from: RegExp, to: RegExp): string[] => {
    const start = lines.findIndex((line) => from.test(line));
    return lines.slice(start, lines.findIndex((line, i) => i >= start && to.test(line)) + 1);
  };
  const filled: Record<string, string> = {
    KEY: identity,
    VOLUME: 'user.ann',
    NEW: 'user.ann.by-hand',
    SERVER: 'afs1',
  };
  const script = [...part(/^KEY=/, /^LISTS=/), ...part(/^VOLUME=/, /^done;/)].join('\n');
  return `cd ${date}\n${script.replace(/\b(KEY|VOLUME|NEW|SERVER)=\S+/g, (_, name) => `${name}=${filled[name]}`)}`;
}
