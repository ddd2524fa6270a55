import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  builtCommand,
  describeTree,
  type Ended,
  makeHost,
  node,
  run,
  type SshServer,
  start,
  startSshServer,
  type TestHost,
  until,
} from 'test-kit';
import { describe, expect, test } from 'vitest';

/** A host, and the other side: a directory that hcoop-pull keeps dates in. */
interface Pair {
  readonly host: TestHost;
  readonly server: SshServer;
  readonly destination: string;
  /** The dates that are kept of the host. */
  readonly kept: () => string[];
  readonly pull: (...args: string[]) => Promise<Ended>;
  /** Makes a date on the host, by root there. */
  readonly backUp: (date: string) => Promise<Ended>;
}

async function makePair(): Promise<Pair> {
  const host = makeHost();
  const server = await startSshServer(host);
  const destination = join(host.directory, 'backups');
  const kept = (): string[] =>
    existsSync(join(destination, 'host'))
      ? readdirSync(join(destination, 'host')).filter((name) => /^\d/.test(name))
      : [];
  const pull = (...args: string[]): Promise<Ended> =>
    run([builtCommand('hcoop-pull'), '--ssh-config', server.sshConfig, ...args, 'host', destination]);
  const backUp = (date: string): Promise<Ended> =>
    server.inside(node, builtCommand('hcoop-backup'), '--date', date);
  return { host, server, destination, kept, pull, backUp };
}

/** A pair in which the dates given were made and pulled, one after the other. */
async function pulled(...dates: string[]): Promise<Pair> {
  const pair = await makePair();
  for (const date of dates) {
    expect(await pair.backUp(date)).toMatchObject({ code: 0 });
    const ended = await pair.pull('--accept-new', '--no-backup');
    expect(ended.code, ended.stderr).toBe(0);
  }
  return pair;
}

const verify = ({ host, destination }: Pair, date: string): Promise<Ended> =>
  run([builtCommand('hcoop-verify'), '--signer', host.signer, join(destination, 'host', date)]);

describe('a pull', () => {
  test('has the host make a date, verifies it, gives it its name, and hands in a receipt', async () => {
    const pair = await makePair();
    const { server, destination, kept } = pair;
    const refused = await pair.pull();
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('its signing key is not known here'),
    });
    expect(kept()).toEqual([]);

    const ended = await pair.pull('--accept-new');
    expect(ended.code, ended.stderr).toBe(0);
    const [date = ''] = kept();
    expect(ended.stdout.toString()).toBe(`${destination}/host/${date}/\n`);
    expect(ended.stderr).toMatch(/signs with 256 SHA256:\S+/);
    expect(ended.stderr).toMatch(/^hcoop-pull: HOST +DATE +NUMBER +MB +SECONDS +HELD +RESULT$/m);
    expect(ended.stderr).toMatch(new RegExp(`^hcoop-pull: host +${date} +1 .* verified$`, 'm'));
    expect(await verify(pair, date)).toMatchObject({ code: 0 });
    expect(describeTree(join(destination, 'host', date, 'files'))).toHaveLength(3);

    const status = JSON.parse((await server.ssh('status')).stdout.toString());
    expect(status).toMatchObject({
      receipts: [{ date, sequence: 1, holds: [date], known: false }],
      warnings: [],
    });
    expect(status.receipts[0].manifest).toBe(status.latest.manifest);
    await until(() => server.processes().length === 0);
  });

  test('keeps the newest two that verified; what is unchanged is a hard link', async () => {
    const pair = await pulled('2026-01-01', '2026-01-02', '2026-01-03');
    expect(pair.kept()).toEqual(['2026-01-02', '2026-01-03']);
    const file = join(pair.destination, 'host/2026-01-03/files/000001.tar.zst.age');
    const { ino } = statSync(file);
    expect(await pair.pull('--no-backup')).toMatchObject({ code: 0 });
    expect(statSync(file).ino).toBe(ino);
  });

  test('what was changed on the host is not kept, and costs no date that is', async () => {
    const pair = await pulled('2026-01-01', '2026-01-02');
    await pair.backUp('2026-01-03');
    writeFileSync(join(pair.host.staging, '2026-01-03/files/000001.index.zst.age'), 'other');
    const ended = await pair.pull('--no-backup');
    expect(ended).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
    expect(ended.stderr).toContain('000001.index.zst.age: its content is not what was signed');
    expect(ended.stderr).toMatch(/^hcoop-pull: host .* FAILED: host: does not verify/m);
    expect(pair.kept()).toEqual(['2026-01-01', '2026-01-02']);
    expect((await pair.server.ssh('status')).stdout.toString()).toContain('"date": "2026-01-02"');
    await pair.backUp('2026-01-04');
    expect(await pair.pull('--no-backup')).toMatchObject({ code: 0 });
    expect(pair.kept()).toEqual(['2026-01-02', '2026-01-04']);
  });

  test('a copy that has rotted on this side is noticed, and not linked into the new date', async () => {
    const pair = await pulled('2026-01-01');
    const file = join(pair.destination, 'host/2026-01-01/files/000001.tar.zst.age');
    const { atime, mtime } = statSync(file);
    const rotten = readFileSync(file);
    rotten[100] = (rotten[100] ?? 0) ^ 1;
    writeFileSync(file, rotten);
    utimesSync(file, atime, mtime);
    const ended = await pair.pull('--no-backup');
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('its content is not what was signed'),
    });
    expect(await verify(pair, '2026-01-01')).toMatchObject({ code: 0 });
  });

  test('signed by another key than the one that was kept: refused', async () => {
    const pair = await pulled('2026-01-01');
    const other = makeHost();
    await other.backup('--date', '2026-01-02');
    writeFileSync(join(pair.destination, 'host/signer.pub'), readFileSync(other.signer));
    await pair.backUp('2026-01-02');
    const ended = await pair.pull('--no-backup');
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not a good signature by a key in'),
    });
    expect(pair.kept()).toEqual(['2026-01-01']);
  });

  const hide = ({ host }: Pair, date: string): void =>
    renameSync(join(host.staging, date), join(host.directory, 'hidden'));
  test.each([
    {
      what: 'an older date',
      dates: ['2026-01-01', '2026-01-02'],
      change: async (pair: Pair) => hide(pair, '2026-01-02'),
      message: 'number 1 came, and number 2 is here',
    },
    {
      what: 'an older date under the name of a newer one',
      dates: ['2026-01-01', '2026-01-02'],
      change: async ({ host }: Pair) =>
        renameSync(join(host.staging, '2026-01-02'), join(host.staging, '2026-01-03')),
      message: 'it is of 2026-01-02: an older date passed off as 2026-01-03?',
    },
    {
      what: 'what was made of a day at first, after it was made again',
      dates: ['2026-01-01', '2026-01-02'],
      change: async (pair: Pair) => {
        const date = join(pair.host.staging, '2026-01-02');
        renameSync(date, join(pair.host.directory, 'first'));
        await pair.backUp('2026-01-02');
        expect(await pair.pull('--no-backup')).toMatchObject({ code: 0 });
        rmSync(date, { recursive: true });
        renameSync(join(pair.host.directory, 'first'), date);
      },
      message: 'number 2 came, and number 3 is here',
    },
    {
      what: 'a date that does not follow, of a host that was rolled back',
      dates: ['2026-01-01'],
      change: async (pair: Pair) => {
        hide(pair, '2026-01-01');
        writeFileSync(join(pair.host.state, 'last.json'), '{"sequence":0}');
        for (const date of ['2026-01-01', '2026-01-02']) await pair.backUp(date);
      },
      message: 'number 2 does not follow the number 1 that is here',
    },
    {
      what: 'another one under the name of an older one',
      dates: ['2026-01-01', '2026-01-02'],
      change: async (pair: Pair) => void (await pair.backUp('2026-01-01')),
      message: 'another 2026-01-01 came, and 2026-01-02 is the newest here',
    },
    {
      what: 'a date of another host with the same key',
      dates: ['2026-01-01'],
      change: async (pair: Pair) => {
        await pair.server.inside(
          'sed',
          '-i',
          's/^host = .*/host = "other"/',
          '/etc/hcoop-backup/config.toml',
        );
        await pair.backUp('2026-01-02');
      },
      message: 'a date of other came, and those here are of example',
    },
  ])('$what: refused', async ({ dates, change, message }) => {
    const pair = await pulled(...dates);
    await change(pair);
    const ended = await pair.pull('--no-backup');
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr).toContain(message);
    expect(pair.kept()).toEqual(dates);
  });

  test('a host that names something else for its date: refused, and everything is as it was', async () => {
    const pair = await pulled('2026-01-01');
    const before = describeTree(join(pair.destination, 'host'));
    const other = makeHost();
    const answer = join(other.directory, 'answer');
    const hostile = await startSshServer(other, { command: `cat ${answer}` });
    const argv = [builtCommand('hcoop-pull'), '--ssh-config', hostile.sshConfig];
    const paths = [
      '/srv/..',
      '/srv/.',
      '/..',
      '/2026-01-09/..',
      '/srv/2026-02-30',
      '/x/../2026-01-09',
      '2026-01-09',
      '',
    ];
    for (const path of paths)
      for (const [text, ...words] of [
        [path],
        [JSON.stringify({ latest: { path }, signingKey: null }), '--no-backup'],
      ]) {
        writeFileSync(answer, text ?? '');
        const ended = await run([...argv, ...words, 'host', pair.destination]);
        expect(ended, path).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
        expect(ended.stderr, path).toMatch(/FAILED: host: status: not a status$/m);
      }
    expect(describeTree(join(pair.destination, 'host'))).toEqual(before);
  });

  test('a host that never stops talking costs itself alone', async () => {
    const pair = await pulled('2026-01-01');
    const talk = "yes '' | head -c 3000000 | tr '\\\\n' x >&2; yes | head -c 200000000";
    const hostile = await startSshServer(makeHost(), { name: 'hostile', command: talk });
    const config = join(pair.host.directory, 'both');
    writeFileSync(config, `Include ${pair.server.sshConfig}\nInclude ${hostile.sshConfig}\n`);
    const argv = [builtCommand('hcoop-pull'), '--ssh-config', config, '--accept-new'];
    const ended = await run([...argv, 'hostile', 'host', pair.destination]);
    expect(ended.code, ended.stderr.slice(0, 2000)).toBe(1);
    expect(ended.stderr).toMatch(/^hcoop-pull: hostile .* FAILED: /m);
    expect(ended.stderr).toMatch(/^hcoop-pull: host .* verified$/m);
    expect(ended.stderr.length).toBeLessThan(50_000);
  });

  test('killed on its way: nothing is there under a name, and the next one goes on from it', async () => {
    const pair = await pulled('2026-01-01');
    writeFileSync(join(pair.host.tree, 'bulk'), randomBytes(30_000_000));
    await pair.backUp('2026-01-02');
    const incoming = join(pair.destination, 'host/.work/incoming');
    const { child, ended } = start([
      ...[
        builtCommand('hcoop-pull'),
        '--ssh-config',
        pair.server.sshConfig,
        '--no-backup',
        'host',
        pair.destination,
      ],
    ]);
    await until(() => existsSync(join(incoming, '2026-01-02')));
    child.kill('SIGKILL');
    expect(await ended).toMatchObject({ signal: 'SIGKILL' });
    expect(pair.kept()).toEqual(['2026-01-01']);
    expect(await pair.pull('--no-backup')).toMatchObject({ code: 0 });
    expect(pair.kept()).toEqual(['2026-01-01', '2026-01-02']);
    expect(await verify(pair, '2026-01-02')).toMatchObject({ code: 0 });
    expect(readdirSync(incoming)).toEqual([]);
  });

  test('two at once of one host: the second says so, and does nothing', async () => {
    const pair = await pulled('2026-01-01');
    const work = join(pair.destination, 'host/.work');
    const other = start(['flock', work, 'sh', '-c', 'echo held; cat'], { keepOpen: true });
    await new Promise((resolve) => other.child.stdout?.once('data', resolve));
    const ended = await pair.pull('--no-backup');
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('is held by another process') });
    other.child.stdin?.end();
    expect(await other.ended).toMatchObject({ code: 0 });
    expect(await pair.pull('--no-backup')).toMatchObject({ code: 0 });
  });

  test('an incomplete date does not take the place of the only whole one', async () => {
    const pair = await pulled('2026-01-02');
    const { server, host } = pair;
    await pair.backUp('2026-01-01');
    await server.inside(
      'sh',
      '-c',
      'mount --bind /usr/bin/false /usr/bin/apt-mark; sed -i s/^enabled.*/enabled=true/ /etc/hcoop-backup/config.toml',
    );
    expect(await pair.backUp('2026-01-02')).toMatchObject({ code: 1 });
    expect(
      JSON.parse(readFileSync(join(host.staging, '2026-01-02/MANIFEST.json'), 'utf8')).components.system
        .status,
    ).toBe('incomplete');
    const ended = await pair.pull('--no-backup');
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr).toContain('this 2026-01-02 is incomplete, and the one here is the only whole date');
    expect(
      JSON.parse(readFileSync(join(pair.destination, 'host/2026-01-02/MANIFEST.json'), 'utf8')).components
        .system.status,
    ).toBe('skipped');
  });

  test('several hosts: one that is held fails alone, and the table has both', async () => {
    const one = await pulled('2026-01-01');
    const other = makeHost();
    const server = await startSshServer(other, { name: 'other' });
    const config = join(one.host.directory, 'both');
    writeFileSync(config, `Include ${one.server.sshConfig}\nInclude ${server.sshConfig}\n`);
    await server.inside(node, builtCommand('hcoop-backup'), 'hold', 'new disks');
    const ended = await run([
      ...[
        builtCommand('hcoop-pull'),
        '--ssh-config',
        config,
        '--accept-new',
        'host',
        'other',
        one.destination,
      ],
    ]);
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr).toMatch(/^hcoop-pull: host .* verified$/m);
    expect(ended.stderr).toMatch(/^hcoop-pull: other .* FAILED: other: has published no date$/m);
    expect(ended.stderr).toMatch(/held: by root since \S+: new disks/);
    expect(one.kept()).toHaveLength(2);
    expect(lstatSync(join(one.destination, 'other')).isDirectory()).toBe(true);
  });
});
