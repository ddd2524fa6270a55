import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  builtCommand,
  describeTree,
  type Ended,
  makeHost,
  node,
  RsyncWire,
  rsyncVersions,
  run,
  type SshServer,
  type SshServerOptions,
  start,
  startSshServer,
  type TestHost,
  until,
} from 'test-kit';
import { describe, expect, test } from 'vitest';

interface Served {
  readonly host: TestHost;
  readonly server: SshServer;
}

async function serve(options: SshServerOptions = {}): Promise<Served> {
  const host = makeHost();
  return { host, server: await startSshServer(host, options) };
}

/** The same, with a date that has so many bytes to pull and to back up. */
async function servedDate(bytes: number, options: SshServerOptions = {}): Promise<Served & { date: string }> {
  const served = await serve(options);
  writeFileSync(
    join(served.host.tree, 'bulk'),
    execFileSync('head', ['-c', String(bytes), '/dev/urandom'], { maxBuffer: bytes + 1 }),
  );
  await make(served, '2026-01-01');
  return { ...served, date: join(served.host.staging, '2026-01-01') };
}

/** Makes a date on the host as root would there, and returns what that said. */
async function make({ server }: Served, date: string): Promise<string> {
  const ended = await server.inside(node, builtCommand('hcoop-backup'), '--date', date);
  expect(ended.code, ended.stderr).toBe(0);
  return ended.stderr;
}

/** What a provider does: rsync of a date over ssh. */
function pull({ server }: Served, date: string, to: string, rsync = 'rsync'): Promise<Ended> {
  mkdirSync(to, { recursive: true });
  return run([rsync, '-a', '-e', `ssh -F ${server.sshConfig}`, `${server.name}:${date}/`, `${to}/`]);
}

const logOf = ({ server }: Served): string[] =>
  existsSync(server.gateLog) ? readFileSync(server.gateLog, 'utf8').trimEnd().split('\n') : [];
const published = ({ host }: Served): string[] =>
  readdirSync(host.staging).filter((name) => /^\d/.test(name));
const sequenceOf = (date: string): number =>
  JSON.parse(readFileSync(join(date, 'MANIFEST.json'), 'utf8')).sequence;
/** Nobody holds the date: a process that ends closes its files a moment after it is seen no more. */
const isFree = (date: string): Promise<void> =>
  until(() => spawnSync('flock', ['-n', '-x', date, 'true']).status === 0);
const quiet = ({ server }: Served): Promise<void> => until(() => server.processes().length === 0);

/** Opens a pull by hand: the list has come, and then nothing is asked for. */
async function openPull({ server }: Served, date: string) {
  const line = `rsync --server --sender -logDtpr . ${date}/`;
  const wire = new RsyncWire(['ssh', '-F', server.sshConfig, server.name, line]);
  const entries = await wire.list();
  expect(entries).not.toBeUndefined();
  const index = (name: string): number => entries?.find((entry) => entry.name === name)?.index ?? -1;
  return { wire, index };
}

describe('a backup, a pull, and the pulled date verifies', () => {
  const versions = rsyncVersions();
  const pairs = versions.flatMap((client) => versions.map((server) => ({ client, server })));
  test.each([
    ...pairs.map((pair) => ({ ...pair, loginShell: false })),
    ...pairs.slice(0, 1).map((pair) => ({ ...pair, loginShell: true })),
  ])('rsync $client.version from $server.version, login shell: $loginShell', async (pair) => {
    const served = await serve({ loginShell: pair.loginShell, gate: `rsync = "${pair.server.path}"` });
    const { host, server } = served;
    const backup = await server.ssh('backup');
    expect(backup.code, backup.stderr).toBe(0);
    const date = backup.stdout.toString().trim().replace(/\/$/, '');
    expect(backup.stdout.toString()).toMatch(/^\/\S+\/\d{4}-\d\d-\d\d\/\n$/);
    expect(backup.stderr).not.toContain(host.tree);

    const to = join(host.directory, 'pulled', basename(date));
    const pulled = await pull(served, date, to, pair.client.path);
    expect(pulled.code, pulled.stderr).toBe(0);
    expect(await run([builtCommand('hcoop-verify'), '--signer', host.signer, to])).toMatchObject({ code: 0 });
    const contents = (directory: string): string[] =>
      // Who pulls owns it; and a directory of this very second is left alone by rsync.
      describeTree(directory).map((line) =>
        line.replace(/ \d+:\d+ /, ' ').replace(/( d \S+ +\d+)\.\d+/, '$1'),
      );
    expect(contents(to)).toEqual(contents(date));

    const status = await server.ssh('status');
    expect(status.code, status.stderr).toBe(0);
    expect(JSON.parse(status.stdout.toString())).toMatchObject({
      latest: { path: date, components: { files: { status: 'ok' } } },
      lastPull: { date: basename(date), key: expect.stringMatching(/^SHA256:/) },
      run: { state: 'ended', exitCode: 0 },
      warnings: [],
    });
    const sizes = execFileSync('find', [date, '-type', 'f', '-printf', '%s\n']).toString().trim().split('\n');
    const size = sizes.reduce((sum, bytes) => sum + Number(bytes), 0);
    const end = logOf(served).find((line) => / end .*--sender/.test(line)) ?? '';
    expect(end).toMatch(/ client=127\.0\.0\.1:\d+ key=SHA256:\S+ .* exit=0 bytes=\d+ seconds=\d+\.\d+$/);
    expect(Number(/bytes=(\d+)/.exec(end)?.[1])).toBeGreaterThan(size);
    await quiet(served);
  });
});

describe('everything else is refused in one line, and logged', () => {
  test('commands', async () => {
    const served = await servedDate(1000);
    const { server, date } = served;
    for (const command of [
      '',
      'id',
      'backup now',
      `cat ${date}/MANIFEST.json`,
      `rsync --server -r . ${date}/`,
      'a\nb',
      'r\xc3\xa9sum\xe9',
    ]) {
      const ended = await server.ssh(command);
      expect(ended, command).toMatchObject({ code: 64, stdout: Buffer.alloc(0) });
      expect(ended.stderr).toMatch(/^rsync-gate: refused: [^\n]+\n$/);
      expect(logOf(served).at(-1)).toMatch(
        /^\S+Z rsync-gate\[\d+\] deny client=\S+ key=SHA256:\S+ command=.* reason=.*$/,
      );
    }
    const shell = ['-F', server.sshConfig, server.name];
    expect(
      await run(['sftp', '-b', '-', '-F', server.sshConfig, server.name], { input: 'ls\n' }),
    ).not.toMatchObject({ code: 0 });
    expect(
      await run([
        'scp',
        '-F',
        server.sshConfig,
        `${server.name}:${date}/MANIFEST.json`,
        served.host.directory,
      ]),
    ).not.toMatchObject({ code: 0 });
    expect(await run(['ssh', '-tt', ...shell])).not.toMatchObject({ code: 0 });
    expect(
      (await run(['ssh', '-N', '-o', 'ExitOnForwardFailure=yes', '-R', '0:localhost:1', ...shell])).code,
    ).toBe(255);
    await quiet(served);
  });

  test('a push is, and nothing is written', async () => {
    const served = await servedDate(1000);
    const before = describeTree(served.host.staging);
    const push = [
      'rsync',
      '-a',
      '-e',
      `ssh -F ${served.server.sshConfig}`,
      '/etc/hostname',
      `${served.server.name}:${served.date}/`,
    ];
    expect(await run(push)).not.toMatchObject({ code: 0 });
    expect(describeTree(served.host.staging)).toEqual(before);
  });
});

describe('while it is pulled', () => {
  test('twenty at once during a running backup: each is whole', async () => {
    const served = await servedDate(20_000_000);
    const { host, server, date } = served;
    const backup = server.ssh('backup');
    await until(() => readdirSync(join(host.staging, '.work')).length > 0);
    const places = Array.from({ length: 20 }, (_, i) => join(host.directory, `pulled-${i}`, basename(date)));
    const pulls = await Promise.all(places.map((place) => pull(served, date, place)));
    for (const ended of pulls) expect(ended, ended.stderr).toMatchObject({ code: 0, stderr: '' });
    for (const place of places)
      execFileSync('sha256sum', ['--quiet', '--strict', '-c', 'SHA256SUMS'], { cwd: place });
    expect(await backup).toMatchObject({ code: 0 });
    expect(published(served)).toHaveLength(2);
    expect(logOf(served).filter((line) => / end .*--sender.* exit=0 /.test(line))).toHaveLength(20);
    await quiet(served);
    await isFree(date);
  });

  test('a date that is replaced, or too old, is there for its readers to the end, and for nobody else', async () => {
    const served = await servedDate(1_000_000);
    const { host, date } = served;
    const contents = readFileSync(join(date, 'files/000001.index.zst.age'));
    const first = await openPull(served, date);
    await make(served, '2026-01-01');
    expect(sequenceOf(date)).toBe(2);
    const second = await openPull(served, date);
    await make(served, '2026-01-02');
    expect(await make(served, '2026-01-03')).toContain(
      '2026-01-01: out of reach: it is being pulled, and removed later',
    );
    expect(published(served)).toEqual(['2026-01-02', '2026-01-03']);
    expect(await served.server.ssh(`rsync --server --sender -r . ${date}/`)).toMatchObject({ code: 64 });
    expect(await first.wire.read(first.index('files/000001.index.zst.age'))).toEqual(contents);
    for (const { wire } of [first, second]) expect(await wire.close()).toMatchObject({ code: 0 });
    await quiet(served);
    await make(served, '2026-01-04');
    expect(readdirSync(join(host.staging, '.work'))).toEqual([]);
    expect(published(served)).toEqual(['2026-01-03', '2026-01-04']);
  });

  test('a client in which nothing moves is ended', async () => {
    const served = await servedDate(1000, { gate: 'timeout = 3' });
    const { wire } = await openPull(served, served.date);
    await quiet(served);
    expect(logOf(served).at(-1)).toMatch(/ end .* reason="nothing moved for 3 s" /);
    await wire.close();
    await isFree(served.date);
  });

  test('a pull that lasts too long is ended', async () => {
    const served = await servedDate(1000, { gate: 'longest = 3' });
    const { wire } = await openPull(served, served.date);
    await quiet(served);
    expect(logOf(served).at(-1)).toMatch(/ end .* reason="longer than 3 s"/);
    await wire.close();
    await isFree(served.date);
  });

  test.each([
    ['the client', 'SIGKILL'],
    ['the client', 'SIGTERM'],
    ['the sshd of its session', 'SIGKILL'],
    ['the gate', 'SIGKILL'],
    ['the gate', 'SIGTERM'],
  ] as const)('%s is ended by %s: nothing is left, and the date is free', async (what, signal) => {
    const served = await servedDate(1000);
    const { wire } = await openPull(served, served.date);
    const pattern = {
      'the client': '',
      'the sshd of its session': '^sshd: rsync@notty',
      'the gate': 'rsync-gate --root',
    }[what];
    if (pattern === '') wire.child.kill(signal);
    else signalAll(served, pattern, signal);
    await quiet(served);
    await wire.close();
    await isFree(served.date);
    if (signal !== 'SIGKILL' || what !== 'the gate') expect(logOf(served).at(-1)).toMatch(/ end .*--sender/);
    expect(await pull(served, served.date, join(served.host.directory, 'again'))).toMatchObject({ code: 0 });
  });
});

/** Stops the backup that runs, in the middle of its first component; what is returned lets it go on. */
async function freeze(served: Served): Promise<() => void> {
  const record = join(served.host.staging, '.status/run.json');
  const run = () => JSON.parse(readFileSync(record, 'utf8'));
  await until(() => existsSync(record) && run().at === 'files');
  const { pid } = run();
  process.kill(pid, 'SIGSTOP');
  return () => void process.kill(pid, 'SIGCONT');
}

/** Waits until a client has been told something. */
async function hears(client: ChildProcess, text: string): Promise<void> {
  let said = '';
  client.stderr?.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  await until(() => said.includes(text));
}

/** Sends a signal to those processes on the server, but to those that are gone in the meantime. */
function signalAll(served: Served, pattern: string, signal: NodeJS.Signals): void {
  for (const pid of pidsOf(served, pattern))
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
}

/** The processes on the server whose command line matches. */
function pidsOf({ server }: Served, pattern: string): number[] {
  return [...server.processIds()]
    .filter(([, command]) => new RegExp(pattern).test(command))
    .map(([pid]) => pid);
}

test('a list is no pull, nor is a try', async () => {
  const served = await servedDate(1000);
  const { server, date } = served;
  const from = ['-e', `ssh -F ${server.sshConfig}`, `${server.name}:${date}/`];
  expect(await run(['rsync', '-r', '--list-only', ...from])).toMatchObject({ code: 0 });
  expect(await run(['rsync', '-an', ...from, `${served.host.directory}/to`])).toMatchObject({ code: 0 });
  expect(JSON.parse((await server.ssh('status')).stdout.toString())).toMatchObject({ lastPull: null });
});

describe('as it comes', () => {
  test('with nothing there above the staging directory, a strict umask, and the group made after the first run', async () => {
    const host = makeHost();
    const staging = join(host.directory, 'srv/backup/staging');
    writeFileSync(
      host.config,
      readFileSync(host.config, 'utf8').replace(/^staging = .*/m, `staging = "${staging}"`),
    );
    const server = await startSshServer(host, { command: `rsync-gate --root ${staging}` });
    const served = { host: { ...host, staging }, server };
    const backUp = `umask 077; exec ${node} ${builtCommand('hcoop-backup')} --date`;
    await server.inside('sh', '-c', 'groupmod -n later rsync');
    expect(await server.inside('sh', '-c', `${backUp} 2026-01-01`)).toMatchObject({ code: 0 });
    await server.inside('sh', '-c', 'groupmod -n rsync later');
    expect(await server.inside('sh', '-c', `${backUp} 2026-01-02`)).toMatchObject({ code: 0 });
    for (const date of published(served))
      expect(await pull(served, join(staging, date), join(host.directory, date))).toMatchObject({ code: 0 });
    const status = JSON.parse((await server.ssh('status')).stdout.toString());
    expect(status).toMatchObject({
      dates: ['2026-01-01', '2026-01-02'],
      signingKey: expect.stringMatching(/^ssh-ed25519 /),
      warnings: [],
    });
  });

  test('with a configuration that it cannot read: refused, and logged', async () => {
    const served = await serve();
    await served.server.inside('chmod', '600', '/etc/hcoop-backup/config.toml');
    await served.server.inside('sh', '-c', 'touch /var/log/rsync-gate.log');
    expect(await served.server.ssh('status')).toMatchObject({
      code: 64,
      stderr: 'rsync-gate: refused: the gate is not set up right\n',
    });
  });

  test('with a forced command and the gate as a login shell', async () => {
    const served = await servedDate(1000, { loginShell: true, forced: true });
    expect(await pull(served, served.date, join(served.host.directory, 'to'))).toMatchObject({ code: 0 });
  });

  test('without a recipient: the client hears that it failed, not that it was killed', async () => {
    const served = await serve();
    await served.server.inside('sed', '-i', '/^recipient_files/d', '/etc/hcoop-backup/config.toml');
    const ended = await served.server.ssh('backup');
    expect(ended).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('backup: failed with 64: nothing was published'),
    });
    expect(JSON.parse((await served.server.ssh('status')).stdout.toString()).run).toMatchObject({
      state: 'ended',
      exitCode: 64,
    });
  });
});

describe('as a login shell, which clients may send signals to', () => {
  /** Whether somebody listens where node's debugger does: port 9229, 0x240d. */
  const isDebugged = (): boolean => /:240D /.test(readFileSync('/proc/net/tcp', 'utf8'));

  test('no debugger is opened', async () => {
    const served = await servedDate(1000, { loginShell: true });
    const { server } = served;
    const client = start(['ssh', '-F', server.sshConfig, server.name, 'receipt'], { keepOpen: true });
    await until(() => existsSync(server.gateLog) && logOf(served).length > 0);
    signalAll(served, 'rsync-gate -c receipt', 'SIGUSR1');
    client.child.stdin?.end('no receipt');
    const ended = await client.ended;
    expect(ended).toMatchObject({
      code: 64,
      stderr: 'rsync-gate: refused: receipt: not of the form of a receipt\n',
    });
  });

  test('nor by a signal before its own code runs: then it ends', async () => {
    const served = await servedDate(1000, { loginShell: true });
    const { server } = served;
    for (let i = 0; i < 5; i += 1) {
      const client = start(['ssh', '-F', server.sshConfig, server.name, 'receipt'], { keepOpen: true });
      await until(() => pidsOf(served, 'rsync-gate -c receipt').length > 0);
      signalAll(served, 'rsync-gate -c receipt', 'SIGUSR1');
      await until(
        () => !isDebugged() && (logOf(served).length > i || pidsOf(served, 'rsync-gate -c').length === 0),
      );
      client.child.kill('SIGTERM');
      await client.ended;
      await quiet(served);
    }
    expect(isDebugged()).toBe(false);
  });
});

test('a gate that is ended while it starts leaves nothing', async () => {
  const served = await servedDate(1000, { gate: 'sandbox = "bubblewrap"' });
  const { server, date } = served;
  const line = `rsync --server --sender -r . ${date}/`;
  for (let i = 0; i < 20; i += 1) {
    const client = start(['ssh', '-F', server.sshConfig, server.name, line], { keepOpen: true });
    await until(() => pidsOf(served, '^\\S*bwrap ').length > 0);
    signalAll(served, 'rsync-gate --root', 'SIGTERM');
    client.child.kill('SIGTERM');
    await client.ended;
    await quiet(served);
    await isFree(date);
  }
});

describe('a backup that was asked for', () => {
  test('goes on when the connection drops; a second one joins it and hears the same', async () => {
    const served = await servedDate(1_000_000);
    const { server, host } = served;
    const first = start(['ssh', '-F', server.sshConfig, server.name, 'backup']);
    const thaw = await freeze(served);
    const second = start(['ssh', '-F', server.sshConfig, server.name, 'backup']);
    await hears(second.child, 'files: ');
    first.child.kill('SIGKILL');
    thaw();
    const ended = await second.ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain('a backup is running already: waiting for its end');
    expect(ended.stderr).toMatch(/^hcoop-backup-wrapper: files: [\d.]+ MB sealed$/m);
    const date = ended.stdout.toString().trim();
    expect(sequenceOf(date)).toBe(2);
    expect(await run([builtCommand('hcoop-verify'), '--signer', host.signer, date])).toMatchObject({
      code: 0,
    });
    expect(readdirSync(server.runLogs)).toHaveLength(1);
    await quiet(served);
  });

  test('leaves no process that waits for clients that are gone', async () => {
    const served = await servedDate(1_000_000);
    const { server } = served;
    const asked = server.ssh('backup');
    const thaw = await freeze(served);
    const clients = Array.from({ length: 5 }, () =>
      start(['ssh', '-F', server.sshConfig, server.name, 'backup']),
    );
    await Promise.all(clients.map(({ child }) => hears(child, 'files: ')));
    for (const { child } of clients) child.kill('SIGKILL');
    await until(() => pidsOf(served, 'sudo .*hcoop-backup-wrapper$').length === 1);
    thaw();
    expect(await asked).toMatchObject({ code: 0 });
    await quiet(served);
  });

  test('of a client that hears nothing does not keep the next one from running', async () => {
    const served = await servedDate(1_000_000);
    const { server } = served;
    const asked = server.ssh('backup');
    const thaw = await freeze(served);
    const waiting = 'node \\S*hcoop-backup-wrapper$';
    signalAll(served, waiting, 'SIGSTOP'); // and sudo stops with it
    thaw();
    await until(() => pidsOf(served, 'hcoop-backup --lock-fd').length === 0);
    await make(served, '2026-01-02');
    expect(await server.ssh('backup')).toMatchObject({ code: 0 });
    let isOver = false;
    void asked.then(() => {
      isOver = true;
    });
    await until(() => {
      signalAll(served, 'hcoop-backup-wrapper$', 'SIGCONT');
      return isOver;
    });
    expect(await asked).toMatchObject({ code: 0 });
    await quiet(served);
  });

  test('that is killed: the client hears it, and so does the status', async () => {
    const served = await servedDate(60_000_000);
    const { server, host } = served;
    const asked = server.ssh('backup');
    await until(() => readdirSync(join(host.staging, '.work')).length > 0);
    signalAll(served, 'hcoop-backup --lock-fd', 'SIGKILL');
    const ended = await asked;
    expect(ended).toMatchObject({ code: 2, stdout: Buffer.alloc(0) });
    expect(ended.stderr).toContain('backup: ended before its work was done');
    const status = await server.ssh('status');
    expect(status.code).toBe(1);
    expect(JSON.parse(status.stdout.toString())).toMatchObject({
      run: { state: 'killed' },
      warnings: ['the last run was killed', 'nothing has been pulled'],
    });
    await quiet(served);
    expect(await server.ssh('backup')).toMatchObject({ code: 0 });
  });

  test('that is incomplete: published, 1, and no path of the host to the client', async () => {
    const host = makeHost('');
    const server = await startSshServer(host, { replace: { '/usr/bin/apt-mark': '/usr/bin/false' } });
    const ended = await server.ssh('backup');
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stdout.toString()).toMatch(/^\/\S+\/\d{4}-\d\d-\d\d\/\n$/);
    expect(ended.stderr).toContain('hcoop-backup-wrapper: system: incomplete\n');
    expect(ended.stderr).not.toContain('apt-mark');
    const [log = ''] = readdirSync(server.runLogs);
    expect(readFileSync(join(server.runLogs, log), 'utf8')).toContain('apt-mark: failed with exit code 1');
    expect(JSON.parse((await server.ssh('status')).stdout.toString()).warnings).toContain(
      'system is incomplete in the newest date',
    );
  });

  test('on a host where AFS is configured and does not answer: without the volumes, and it says so', async () => {
    // No AFS can be reached here; with a real cell this is tested where volumes are dumped.
    const afs = '[afs]\nkeytab = "/nowhere"\nprincipal = "backup@EXAMPLE.ORG"';
    const served = await serve({ gate: afs });
    const ended = await served.server.ssh('backup');
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stdout.toString()).toMatch(/\/\d{4}-\d\d-\d\d\/\n$/);
    expect(ended.stderr).toMatch(
      /^hcoop-backup-wrapper: (?:fs|timeout): .*volumes that were moved may be missing$/m,
    );
    expect(ended.stderr).toMatch(
      /^hcoop-backup-wrapper: k5start: failed with exit code \d+: no volume can be dumped$/m,
    );
    const [log = ''] = readdirSync(served.server.runLogs);
    expect(readFileSync(join(served.server.runLogs, log), 'utf8')).toContain('k5start: ');
  });

  test('that is held: who, when and why, to the client and in the status', async () => {
    const served = await serve();
    const { server } = served;
    const command = (...words: string[]) => server.inside(node, builtCommand('hcoop-backup'), ...words);
    expect(await command('hold', 'moving', 'to new\tdisks')).toMatchObject({ code: 0 });
    expect(await command('hold', 'again')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('held: by root since'),
    });
    const ended = await server.ssh('backup');
    expect(ended).toMatchObject({ code: 2, stdout: Buffer.alloc(0) });
    expect(ended.stderr).toMatch(
      /hcoop-backup-wrapper: held: by root since \d{4}-\d\d-\d\dT\S+Z: moving to new\\tdisks\n/,
    );
    const status = await server.ssh('status');
    expect(JSON.parse(status.stdout.toString())).toMatchObject({
      hold: { by: 'root', reason: 'moving to new\tdisks' },
    });
    expect(await command('release')).toMatchObject({ code: 0 });
    expect(await server.ssh('backup')).toMatchObject({ code: 0 });
    expect(existsSync(join(served.host.staging, '.status/hold.json'))).toBe(false);
  });

  test('runs with no environment of the client', async () => {
    const served = await servedDate(60_000_000);
    const { server } = served;
    const args = ['-F', server.sshConfig, '-o', 'SendEnv=LC_*', server.name, 'backup'];
    const { ended } = start(['ssh', ...args], { env: { LC_ALL: 'C', LC_EVIL: 'x', LANG: 'de_DE' } });
    await until(() => pidsOf(served, 'hcoop-backup --lock-fd').length > 0);
    const [pid] = pidsOf(served, 'hcoop-backup --lock-fd');
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    expect(environment.filter((line) => /EVIL|de_DE|SSH_/.test(line))).toEqual([]);
    expect(await ended).toMatchObject({ code: 0 });
  });
});
