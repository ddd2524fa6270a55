import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  backupCommand,
  describeTree,
  inMountNamespace,
  makeHost,
  node,
  processesWith,
  run,
  start,
  type TestHost,
  until,
} from 'test-kit';
import { describe, expect, onTestFinished, test } from 'vitest';

const earlier = '2026-01-01';
const later = '2026-01-02';

/** A host with one published date, and enough in it that the next run takes a while. */
async function hostWithDate(megabytes: number): Promise<TestHost> {
  const host = makeHost();
  expect(await host.backup('--date', earlier)).toMatchObject({ code: 0 });
  execFileSync('bash', [
    '-c',
    `head -c ${megabytes}000000 /dev/urandom > "$1"`,
    'bash',
    join(host.tree, 'bulk'),
  ]);
  return host;
}

/** The published dates, and whether each verifies without keys. */
async function dates(host: TestHost): Promise<Record<string, number | null>> {
  const verdicts: Record<string, number | null> = {};
  for (const name of readdirSync(host.staging).filter((entry) => !entry.startsWith('.')))
    verdicts[name] = (await host.verify(join(host.staging, name))).code;
  return verdicts;
}

/** Runs a backup in a mount namespace in which `setup` has changed something. */
function backupWith(setup: string, host: TestHost) {
  const argv = [node, ...backupCommand(host, '--date', later)];
  return run(inMountNamespace(`${setup}; exec "$@"`, ...argv), { env: { HOST: host.directory } });
}

async function expectRecovery(host: TestHost): Promise<void> {
  expect(await host.backup('--date', later)).toMatchObject({ code: 0 });
  expect(await dates(host)).toEqual({ [earlier]: 0, [later]: 0 });
  expect(readdirSync(join(host.staging, '.work'))).toEqual([]);
}

/** A date, but for the sharing of its archives with others: a date that follows may have them as well. */
function archivesAlone(date: string): string[] {
  return describeTree(date).map((line) => line.replace(/ link of "[^"]*"/, ' '));
}

describe('killed', () => {
  test.each(['a new date', 'the date that is there'])(
    'with SIGKILL at random moments, while it makes %s',
    async (what) => {
      const host = await hostWithDate(20);
      const date = what === 'a new date' ? later : earlier;
      const began = performance.now();
      expect(await host.backup('--date', '2026-01-03')).toMatchObject({ code: 0 });
      const whole = performance.now() - began;
      rmSync(join(host.staging, '2026-01-03'), { recursive: true });
      const before = archivesAlone(join(host.staging, earlier));
      for (let i = 0; i < (process.env.HCOOP_TEST_ALL ? 50 : 6); i += 1) {
        const { child, ended } = start(backupCommand(host, '--date', date));
        const moment = Math.random() * whole;
        const timer = setTimeout(() => child.kill('SIGKILL'), moment);
        await ended;
        clearTimeout(timer);
        // Whatever is visible is whole: killed before the last act there is what was, killed after it the new date.
        const seen = await dates(host);
        const expected = later in seen ? { [earlier]: 0, [later]: 0 } : { [earlier]: 0 };
        expect(seen, `killed after ${moment} of ${whole} ms`).toEqual(expected);
        if (date === later) expect(archivesAlone(join(host.staging, earlier))).toEqual(before);
        rmSync(join(host.staging, later), { recursive: true, force: true });
        await until(() => processesWith(host.directory).length === 0);
      }
      await expectRecovery(host);
    },
  );

  test('with SIGTERM: its children end, nothing is left in .work, the lock is free', async () => {
    const host = await hostWithDate(50);
    const { child, ended } = start(backupCommand(host, '--date', later));
    await until(() => execFileSync('find', [host.staging, '-name', '*.partial']).length > 0);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({
      code: 143,
      stderr: expect.stringContaining('hcoop-backup: interrupted: SIGTERM\n'),
    });
    await until(() => processesWith(host.directory).length === 0);
    expect(readdirSync(join(host.staging, '.work'))).toEqual([]);
    await expectRecovery(host);
  });

  test('between the two renames that replace a date: the next run brings the date of before back', async () => {
    const host = await hostWithDate(1);
    const before = archivesAlone(join(host.staging, earlier));
    execFileSync('mv', [join(host.staging, earlier), join(host.staging, '.work', `replaced-${earlier}`)]);
    await expectRecovery(host);
    expect(archivesAlone(join(host.staging, earlier))).toEqual(before);
  });
});

describe('without what it needs', () => {
  test('a full disk: no date, the earlier one untouched, and the next run succeeds', async () => {
    const host = makeHost();
    mkdirSync(host.staging);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', host.staging]);
    onTestFinished(() => void execFileSync('umount', [host.staging]));
    expect(await host.backup('--date', earlier)).toMatchObject({ code: 0 });
    const before = archivesAlone(join(host.staging, earlier));
    execFileSync('bash', ['-c', 'head -c 8000000 /dev/urandom > "$1"', 'bash', join(host.tree, 'bulk')]);
    const ended = await host.backup('--date', later);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/no space left on device/);
    expect(ended.stderr).toContain('hcoop-backup: 2026-01-02: not published: the files component failed\n');
    expect(await dates(host)).toEqual({ [earlier]: 0 });
    expect(archivesAlone(join(host.staging, earlier))).toEqual(before);
    rmSync(join(host.tree, 'bulk'));
    await expectRecovery(host);
  });

  test('a disk that a killed run has filled is cleared by the next one', async () => {
    const host = makeHost();
    mkdirSync(host.staging);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', host.staging]);
    onTestFinished(() => void execFileSync('umount', [host.staging]));
    expect(await host.backup('--date', earlier)).toMatchObject({ code: 0 });
    const left = join(host.staging, '.work/building-of-before', later);
    mkdirSync(left, { recursive: true });
    execFileSync('bash', ['-c', 'head -c 8000000 /dev/zero > "$1/half" || true', 'bash', left], {
      stdio: 'ignore',
    });
    await expectRecovery(host);
  });

  test('age fails half way: no date, and the next run succeeds', async () => {
    const host = await hostWithDate(20);
    copyFileSync('/usr/bin/age', join(host.directory, 'real-age'));
    const fake = join(host.directory, 'age');
    writeFileSync(
      fake,
      `#!/bin/sh\nhead -c 3000000 | ${host.directory}/real-age "$@"\necho 'age: it broke' >&2\nexit 1\n`,
    );
    chmodSync(fake, 0o755);
    const ended = await backupWith('mount --bind "$HOST/age" /usr/bin/age', host);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('age: failed with exit code 1: age: it broke');
    expect(await dates(host)).toEqual({ [earlier]: 0 });
    await expectRecovery(host);
  });

  test.each(['tar', 'age', 'zstd', 'ssh-keygen', 'sort'])(
    '%s missing: named, no date, and the next run succeeds',
    async (program) => {
      const host = await hostWithDate(1);
      const ended = await backupWith(`mount --bind /dev/null /usr/bin/${program}`, host);
      expect(ended.code).toBe(2);
      expect(ended.stderr).toContain(`${program}: no such program`);
      expect(ended.stderr).not.toMatch(/ at .*:\d+:\d+/);
      expect(await dates(host)).toEqual({ [earlier]: 0 });
      await expectRecovery(host);
    },
  );
});

test('two at once: the second says so and does nothing', async () => {
  const host = await hostWithDate(50);
  const first = start(backupCommand(host, '--date', later));
  await until(() => execFileSync('find', [host.staging, '-name', '*.partial']).length > 0);
  const second = await host.backup('--date', later);
  expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining('a backup is running already\n') });
  expect(await first.ended).toMatchObject({ code: 0 });
  expect(await dates(host)).toEqual({ [earlier]: 0, [later]: 0 });
  expect(existsSync(join(host.staging, '.work'))).toBe(true);
});
