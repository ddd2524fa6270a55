import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  backupCommand,
  builtCommand,
  describeTree,
  type Ended,
  makeHost,
  run,
  start,
  startRclone,
  type TestHost,
  until,
} from 'test-kit';
import { describe, expect, onTestFinished, test } from 'vitest';

const noSystem = '[system]\nenabled = false\n';

/** A host whose dates go over to a command, and a directory for the other side. */
function movingHost(command: string, more = noSystem): TestHost & { far: string } {
  const host = makeHost(`[archives]\nsize = "2M"\nmove_over = "${command}"\n${more}`);
  const far = join(host.directory, 'far');
  mkdirSync(far);
  return { ...host, far };
}

/** The same with a script of bash for the command: `$1` is the name, `$far` the directory. */
function scriptedHost(script: string, more?: string) {
  const host = movingHost('SCRIPT {}', more);
  const file = join(host.directory, 'take');
  writeFileSync(
    file,
    `#!/bin/bash\nfar=${host.far}\nmkdir -p "$far/\${1%/*}"\n${script}\nexec cat > "$far/$1"\n`,
  );
  chmodSync(file, 0o755);
  writeFileSync(host.config, readFileSync(host.config, 'utf8').replace('SCRIPT', file));
  return host;
}

/** The lines of docs/destinations.md that fetch a date. */
function fetchAsDocumented(date: string, cwd: string, home: string): void {
  const page = readFileSync(new URL('../docs/destinations.md', import.meta.url), 'utf8');
  const lines = page.match(/^ {4}rclone copy .*\n {4}cut .*$/m)?.[0] ?? '';
  expect(lines).toContain('2026-11-23');
  const script = lines.replaceAll('2026-11-23', date);
  execFileSync('bash', ['-euo', 'pipefail', '-c', script], { cwd, env: { ...process.env, HOME: home } });
}

function addBulk(host: TestHost, megabytes: number): void {
  const script = `head -c ${megabytes}000000 /dev/urandom > "$1"`;
  execFileSync('bash', ['-c', script, 'bash', join(host.tree, 'bulk')]);
}

/** Nothing of the date is signed there, and the host is as it was. */
function expectNothingComplete(host: TestHost & { far: string }, ended: Ended): void {
  expect(ended.code, ended.stderr).toBe(2);
  expect(ended.stdout.toString()).toBe('');
  expect(ended.stderr).not.toContain('moved over, ');
  expect(ended.stderr).not.toMatch(/ at .*:\d+:\d+/);
  expect(existsSync(join(host.far, '2026-01-01/SHA256SUMS.sig'))).toBe(false);
  expect(readdirSync(host.staging).sort()).toEqual(['.status', '.work']);
  expect(readdirSync(join(host.staging, '.work'))).toEqual([]);
  expect(existsSync(join(host.state, 'last.json'))).toBe(false);
}

describe.each(['webdav', 'sftp'] as const)('over to a server: %s', (kind) => {
  test('a date arrives whole, verifies, and gives the tree back', async () => {
    const host = movingHost('rclone rcat far:backup/{}');
    addBulk(host, 5);
    const { home, rclone } = await startRclone(kind, host.far);
    const ended = await run(backupCommand(host, '--date', '2026-01-01'), { env: { HOME: home } });
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout.toString()).toBe('far:backup/2026-01-01/\n');
    expect(ended.stderr).toContain('hcoop-backup: far:backup/2026-01-01: moved over, complete, number 1\n');
    expect(readdirSync(host.staging).sort()).toEqual(['.status', '.work']);
    rclone('touch', 'far:backup/2026-01-01/files/of-a-failed-run');
    const copies = join(host.directory, 'copies');
    mkdirSync(copies);
    fetchAsDocumented('2026-01-01', copies, home);
    rclone('deletefile', 'far:backup/2026-01-01/files/of-a-failed-run');
    const copy = join(copies, '2026-01-01');
    expect(readdirSync(join(copy, 'files')).length).toBeGreaterThan(2);
    execFileSync('diff', ['-r', join(host.far, 'backup/2026-01-01'), copy]);
    execFileSync('sha256sum', ['--strict', '--quiet', '-c', 'SHA256SUMS'], { cwd: copy });
    const keys = ['--signer', host.signer, '-i', host.identity];
    expect(await run([builtCommand('hcoop-verify'), ...keys, copy])).toMatchObject({ code: 0 });
    const to = join(host.directory, 'restored');
    const restored = await run([builtCommand('hcoop-restore'), ...keys, '--to', to, copy]);
    expect(restored.code, restored.stderr).toBe(0);
    expect(describeTree(join(to, host.tree))).toEqual(describeTree(host.tree));
  });

  test('that dies in the middle: the archive is named, and nothing is signed', async () => {
    const once = '--retries 1 --low-level-retries 1 --contimeout 2s --timeout 5s';
    const host = movingHost(`rclone rcat ${once} --bwlimit 1M far:{}`);
    addBulk(host, 8);
    const server = await startRclone(kind, host.far);
    const { ended } = start(backupCommand(host, '--date', '2026-01-01'), { env: { HOME: server.home } });
    const bulk = join(host.far, '2026-01-01/files/000002.tar.zst.age');
    await until(() => (statSync(bulk, { throwIfNoEntry: false })?.size ?? 0) > 100_000);
    server.child.kill('SIGKILL');
    const { stderr, ...rest } = await ended;
    expect(stderr).toMatch(
      /^encrypt-tar: 2026-01-01\/files\/\d{6}\.\w+\.zst\.age: rclone: failed with exit code \d+: /m,
    );
    expect(stderr).toContain('hcoop-backup: 2026-01-01: not moved over: the files component failed\n');
    expectNothingComplete(host, { stderr, ...rest });
  });

  test('whose disk is full: the archive is named, and nothing is signed', async () => {
    const host = movingHost('rclone rcat --retries 1 --low-level-retries 1 far:{}');
    addBulk(host, 8);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', host.far]);
    onTestFinished(() => void execFileSync('umount', [host.far]));
    const { home } = await startRclone(kind, host.far);
    const ended = await run(backupCommand(host, '--date', '2026-01-01'), { env: { HOME: home } });
    expect(ended.stderr).toMatch(
      /^encrypt-tar: 2026-01-01\/files\/\d{6}\.\w+\.zst\.age: rclone: failed with exit code \d+: /m,
    );
    expect(ended.stderr.match(/^encrypt-tar: /gm)).toHaveLength(1);
    expectNothingComplete(host, ended);
  });
});

describe('a command that', () => {
  const archive = '[[ $1 != */files/*.tar.* ]] ||';
  test.each([
    [
      'fails after half',
      `${archive} { head -c 100000 >/dev/null; echo no room >&2; exit 1; }`,
      'failed with exit code 1: no room',
    ],
    ['reads nothing', `${archive} exit 0`, 'ended with exit code 0 before it had read all'],
  ])('%s: one message, nothing signed, and the next try succeeds', async (_, script, message) => {
    const host = scriptedHost(script);
    addBulk(host, 1);
    const ended = await host.backup('--date', '2026-01-01');
    const take = join(host.directory, 'take');
    expect(ended.stderr).toContain(`encrypt-tar: 2026-01-01/files/000001.tar.zst.age: ${take}: ${message}\n`);
    expect(ended.stderr.match(/^encrypt-tar: /gm)).toHaveLength(1);
    expectNothingComplete(host, ended);
    writeFileSync(take, readFileSync(take, 'utf8').replace(script, ''));
    expect(await host.backup('--date', '2026-01-01')).toMatchObject({ code: 0 });
    const date = join(host.far, '2026-01-01');
    expect(await run([builtCommand('hcoop-verify'), '--signer', host.signer, date])).toMatchObject({
      code: 0,
    });
  });

  test('is not there: said before anything is done', async () => {
    const host = movingHost('rclone-nowhere rcat far:{}');
    const ended = await host.backup('--date', '2026-01-01');
    expect(ended.stderr).toBe('hcoop-backup: rclone-nowhere: no such program\n');
    expectNothingComplete(host, ended);
  });

  test.each(['RESTORE.txt', 'MANIFEST.json', 'SHA256SUMS', 'SHA256SUMS.sig'])(
    'fails at %s: nothing after it goes over',
    async (name) => {
      const host = scriptedHost(`[[ $1 != */${name} ]] || exit 1`);
      const ended = await host.backup('--date', '2026-01-01');
      expect(ended.stderr).toContain(`hcoop-backup: 2026-01-01/${name}: `);
      const order = ['RESTORE.txt', 'MANIFEST.json', 'SHA256SUMS', 'SHA256SUMS.sig'];
      const there = order.filter((file) => existsSync(join(host.far, '2026-01-01', file)));
      expect(there).toEqual(order.slice(0, order.indexOf(name)));
      expectNothingComplete(host, ended);
    },
  );

  test('fails for a component alone: that one has failed, the date is signed, and what it names is whole', async () => {
    const host = scriptedHost('[[ $1 != */system/*.index.* ]] || exit 1', '');
    const ended = await host.backup('--date', '2026-01-01');
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr).toContain('moved over, INCOMPLETE, number 1\n');
    const date = join(host.far, '2026-01-01');
    const { components } = JSON.parse(readFileSync(join(date, 'MANIFEST.json'), 'utf8'));
    expect(components).toMatchObject({ files: { status: 'ok' }, system: { status: 'failed', files: [] } });
    // What the component left there is not fetched: docs/destinations.md says how.
    const copy = join(host.directory, 'copy/2026-01-01');
    const fetch = `mkdir -p "$2"; cp SHA256SUMS* "$2"; cut -d'*' -f2 SHA256SUMS | rsync -a --files-from=- . "$2"`;
    execFileSync('bash', ['-euc', `cd "$1"; ${fetch}`, 'bash', date, copy]);
    expect(await run([builtCommand('hcoop-verify'), '--signer', host.signer, copy])).toMatchObject({
      code: 1,
      stderr: expect.not.stringContaining('not part of what was signed'),
    });
  });
});

test('how far it is, with bytes, rate and time left, is told on a terminal', async () => {
  const host = scriptedHost('until [ -e "$far/go" ]; do sleep 0.05; done');
  addBulk(host, 20);
  const command = [process.execPath, ...backupCommand(host, '--date', '2026-01-01')].join(' ');
  const onTerminal = ['script', '-qec', `stty rows 25 cols 100; ${command}`, '/dev/null'];
  const { child, ended } = start(onTerminal, { keepOpen: true });
  onTestFinished(() => void child.kill());
  let shown = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    shown += chunk;
  });
  const line = /hcoop-backup: encrypt-tar: \d+ of \d+ paths, \d+\.\d MB, \d+\.\d MB\/s, about \d+:\d\d left/;
  await until(() => line.test(shown));
  writeFileSync(join(host.far, 'go'), '');
  const { code } = await ended;
  expect(code, shown).toBe(0);
  expect(shown).not.toContain('progress:');
  // What it was is gone from the screen before the last word.
  expect(shown.split('\n').at(-2)).toMatch(/2026-01-01\/\r$/);
});

describe('dates that go over', () => {
  const manifestOf = (directory: string, date: string) => {
    const bytes = readFileSync(join(directory, date, 'MANIFEST.json'));
    return { ...JSON.parse(bytes.toString()), sha256: createHash('sha256').update(bytes).digest('hex') };
  };

  test('are numbered and follow each other, also when later ones are published', async () => {
    const host = scriptedHost('');
    for (const day of ['01', '02']) expect((await host.backup('--date', `2026-01-${day}`)).code).toBe(0);
    const text = readFileSync(host.config, 'utf8');
    writeFileSync(host.config, text.replace(/^move_over.*$/m, ''));
    for (const day of ['03', '04']) expect((await host.backup('--date', `2026-01-${day}`)).code).toBe(0);
    writeFileSync(host.config, text);
    expect((await host.backup('--date', '2026-01-05')).code).toBe(0);
    const places = [host.far, host.far, host.staging, host.staging, host.far];
    const manifests = places.map((place, i) => manifestOf(place, `2026-01-0${i + 1}`));
    expect(manifests.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(manifests.map(({ previous }) => previous)).toEqual([
      null,
      ...manifests.slice(0, -1).map(({ sha256 }) => sha256),
    ]);
  });

  test('are not touched again: the same day is refused, before anything goes over', async () => {
    const host = scriptedHost('');
    await host.backup('--date', '2026-01-02');
    const before = describeTree(host.far);
    for (const date of ['2026-01-02', '2026-01-01'])
      expect(await host.backup('--date', date)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(
          `hcoop-backup: ${date}: not moved over: 2026-01-02/ is there already\n`,
        ),
      });
    expect(describeTree(host.far)).toEqual(before);
  });

  test('whoever asks for a backup hears that there is nothing to pull, not where it is', async () => {
    const host = scriptedHost('');
    const text = readFileSync(host.config, 'utf8');
    const logs = join(host.directory, 'logs');
    writeFileSync(host.config, text.replace('group = "root"', `group = "root"\nlogs = "${logs}"`));
    const ended = await run([builtCommand('hcoop-backup-wrapper'), '--config', host.config]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout.toString()).toBe('');
    expect(ended.stderr).toContain('backup: moved over: there is nothing to pull\n');
    expect(readFileSync(join(host.staging, '.status/run.json'), 'utf8')).not.toContain(host.far);
  });

  test.each(['rclone', 'rclone rcat far:', '{}'])(
    'a command without a place for the name: %j',
    async (command) => {
      const host = movingHost(command);
      const ended = await host.backup('--check-config');
      expect(ended.code).toBe(64);
      expect(ended.stderr).toMatch(
        /config\.toml:\d+: archives\.move_over: a command with \{\} among its arguments/,
      );
    },
  );
});
