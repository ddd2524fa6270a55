import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  backupCommand,
  builtCommand,
  type Ended,
  makeHost,
  run,
  start,
  type TestHost,
  until,
} from 'test-kit';
import { describe, expect, test } from 'vitest';

const verify = builtCommand('hcoop-verify');

/** A host with dates, of three the last has archives of all of them, and a list of what was deleted. */
async function drilledHost(dates = 1, settings = '') {
  const host = makeHost(
    `[system]\nenabled = false\n[archives]\nsize = "1M"\n[gate]\nstate = "GATE"\n${settings}`,
  );
  const gate = join(host.directory, 'gate');
  mkdirSync(gate);
  writeFileSync(host.config, readFileSync(host.config, 'utf8').replace('GATE', gate));
  const edits = [
    'head -c 3000000 /dev/urandom > bulk; ln bulk linked; ln -s bulk sub/link; printf 1 > gone; mkfifo fifo',
    "rm gone linked; printf 3 > sub/new; chown 12:34 sub/two; printf 4 > $'odd\\nname'",
    'rm bulk; chmod 4711 one; head -c 10000 /dev/urandom > sub/more',
  ];
  for (const [i, edit] of edits.slice(0, dates).entries()) {
    execFileSync('bash', ['-euc', edit], { cwd: host.tree });
    const ended = await host.backup('--date', `2026-01-0${i + 1}`);
    expect(ended.code, ended.stderr).toBe(0);
  }
  const scratch = join(host.directory, 'scratch');
  mkdirSync(scratch);
  const date = join(host.staging, `2026-01-0${dates}`);
  const ownKey = host.signer.replace('.pub', '');
  const drillCommand = (...options: string[]): string[] => [
    ...[verify, '--drill', '-i', host.identity, '--signer', host.signer, '--scratch', scratch],
    ...['--sign-with', ownKey, ...options, date],
  ];
  const drill = (...options: string[]) => run(drillCommand(...options));
  const record = (result: Buffer | string) => run(backupCommand(host, 'record-drill'), { input: result });
  const status = async () => JSON.parse((await run(backupCommand(host, 'status'))).stdout.toString());
  return { ...host, date, scratch, drill, drillCommand, record, status, gate };
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Puts another file into a date and signs all of it anew, as a host does that packs what it should not. */
function replaceAndSign(host: TestHost, date: string, name: string, content: Buffer): void {
  const old = sha256(join(date, name));
  writeFileSync(join(date, name), content);
  const manifest = JSON.parse(readFileSync(join(date, 'MANIFEST.json'), 'utf8'));
  for (const file of manifest.components.files.files)
    if (file.path === name) Object.assign(file, { sha256: sha256(join(date, name)), size: content.length });
  const oldManifest = sha256(join(date, 'MANIFEST.json'));
  writeFileSync(join(date, 'MANIFEST.json'), JSON.stringify(manifest));
  const sums = readFileSync(join(date, 'SHA256SUMS'), 'utf8')
    .replace(old, sha256(join(date, name)))
    .replace(oldManifest, sha256(join(date, 'MANIFEST.json')));
  writeFileSync(join(date, 'SHA256SUMS'), sums);
  rmSync(join(date, 'SHA256SUMS.sig'));
  const key = host.signer.replace('.pub', '');
  execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'hcoop-backup', '-f', key, join(date, 'SHA256SUMS')]);
}

/** Rewrites one part's index. */
function editIndex(host: TestHost, date: string, name: string, edit: (text: string) => string): void {
  const pipe = (command: string, input: Buffer | string): Buffer =>
    execFileSync('bash', ['-euo', 'pipefail', '-c', command], { input });
  const sealed = readFileSync(join(date, name));
  const text = edit(pipe(`age -d -i ${host.identity} | zstd -dq`, sealed).toString('latin1'));
  const content = pipe(`zstd -q | age -R ${host.recipients}`, Buffer.from(text, 'latin1'));
  replaceAndSign(host, date, name, content);
}

function expectFailed(ended: Ended): void {
  expect(ended.code, ended.stderr).toBe(1);
  expect(ended.stdout.toString()).toContain('\nresult failed\n');
}

describe('a drill', () => {
  test('that passes: its result is signed, is recorded, and its age is in the status; nothing is left', async () => {
    const host = await drilledHost(3);
    const ended = await host.drill();
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toMatch(/^hcoop-verify: \S+: drill passed: example, number 3, restored in \d+ s\n$/);
    const manifest = sha256(join(host.date, 'MANIFEST.json'));
    const body = `hcoop-backup drill 1\nhost example\ndate 2026-01-03\nsequence 3\nmanifest ${manifest}\n`;
    expect(ended.stdout.toString()).toMatch(
      new RegExp(`^${body}finished \\S+Z\nseconds \\d+\nresult passed\n-----BEGIN SSH SIGNATURE-----\n`),
    );
    expect(readdirSync(host.scratch)).toEqual([]);
    expect((await host.status()).lastDrill).toBeNull();
    expect(await host.record(ended.stdout)).toMatchObject({
      code: 0,
      stderr: 'hcoop-backup: drill of 2026-01-03: passed: recorded\n',
    });
    expect(await host.status()).toMatchObject({
      lastDrill: {
        date: '2026-01-03',
        sequence: 3,
        manifest,
        days: 0,
        signer: expect.stringMatching(/^SHA256:/),
      },
      failedDrill: null,
    });
  });

  test.each<[string, (text: string) => string, RegExp]>([
    [
      'content',
      (text) => text.replace(/"sha256":"\w{4}/, '"sha256":"0000'),
      /tree\/\S+: its content is not what was stored/,
    ],
    ['an owner', (text) => text.replace('"uid":0', '"uid":7'), /: owner 0:0, expected 7:0$/m],
  ])('that finds %s other than the index has it: failed, and the status warns', async (_, edit, why) => {
    const host = await drilledHost();
    const passed = await host.drill();
    await host.record(passed.stdout);
    const index = readdirSync(join(host.date, 'files'))
      .filter((name) => name.includes('.index.'))
      .at(-1);
    const whole = join(host.directory, 'whole');
    execFileSync('cp', ['-a', host.date, whole]);
    editIndex(host, host.date, `files/${index}`, edit);
    expect(await run([verify, '--signer', host.signer, host.date])).toMatchObject({ code: 0 });
    const ended = await host.drill();
    expectFailed(ended);
    expect(ended.stderr).toMatch(why);
    expect(readdirSync(host.scratch)).toEqual([]);
    expect(await host.record(ended.stdout)).toMatchObject({ code: 0 });
    const { lastDrill, failedDrill, warnings } = await host.status();
    expect([lastDrill.result, failedDrill.result]).toEqual(['passed', 'failed']);
    expect(warnings).toContainEqual(expect.stringMatching(/^the drill of 2026-01-01 failed, 2/));
    // One of before does not take that away; one that passes after it does.
    expect(await host.record(passed.stdout)).toMatchObject({ code: 64 });
    // Of the same size, within the same second: without --checksum, rsync takes a signature for the other one.
    execFileSync('rsync', ['-a', '--checksum', '--delete', `${whole}/`, host.date]);
    expect(await host.record((await host.drill()).stdout)).toMatchObject({ code: 0 });
    expect((await host.status()).failedDrill).toBeNull();
  });

  test('with a key that does not open it: failed', async () => {
    const host = await drilledHost();
    const other = join(host.directory, 'other.txt');
    execFileSync('age-keygen', ['-o', other], { stdio: 'ignore' });
    const command = host.drillCommand().map((word) => (word === host.identity ? other : word));
    const ended = await run(command);
    expectFailed(ended);
    expect(ended.stderr).toMatch(/age: failed with exit code 1: .*no identity matched/);
    expect(readdirSync(host.scratch)).toEqual([]);
  });

  test('of a date that does not verify: nothing is restored, there is no result', async () => {
    const host = await drilledHost();
    writeFileSync(join(host.date, 'RESTORE.txt'), 'other');
    const ended = await host.drill();
    expect(ended).toMatchObject({ code: 2, stdout: Buffer.alloc(0) });
    expect(ended.stderr).toContain('2026-01-01: does not verify: nothing was restored\n');
  });

  test('that is ended leaves nothing; what one leaves that is killed goes with the next', async () => {
    const host = await drilledHost();
    const inWork = () => existsSync(host.scratch) && readdirSync(host.scratch).length > 0;
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const { child, ended } = start(host.drillCommand());
      await until(inWork);
      child.kill(signal);
      const { stdout } = await ended;
      expect(stdout.toString()).toBe('');
      if (signal === 'SIGTERM') await until(() => !inWork());
    }
    expect(readdirSync(host.scratch)).toHaveLength(1);
    mkdirSync(join(host.scratch, 'somebody-elses'));
    const { code, stderr } = await host.drill();
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('left by a run that was killed: removed\n');
    expect(readdirSync(host.scratch)).toEqual(['somebody-elses']);
  });

  test.each([
    [['--scratch', '/nowhere/at/all'], '/nowhere/at/all: no such file or directory'],
    [['--sign-with', '/nowhere/key'], '/nowhere/key: no such file'],
  ])('that cannot begin: %j', async (options, message) => {
    const host = await drilledHost();
    const command = host.drillCommand();
    const at = command.indexOf(options[0] ?? '');
    command[at + 1] = options[1] ?? '';
    const ended = await run(command);
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain(`hcoop-verify: ${message}\n`);
    expect(ended.stdout.toString()).toBe('');
  });
});

describe('the record of drills', () => {
  test('takes results by known keys, of this host, that are newer; and no others', async () => {
    const host = await drilledHost();
    const { stdout } = await host.drill();
    const stranger = join(host.directory, 'stranger');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', stranger]);
    const sign = (text: string, key = host.signer.replace('.pub', '')): string => {
      const file = join(host.directory, 'result');
      writeFileSync(file, text);
      rmSync(`${file}.sig`, { force: true });
      execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'hcoop-backup-drill', '-f', key, file]);
      return text + readFileSync(`${file}.sig`, 'utf8');
    };
    const body = stdout.toString().replace(/-----BEGIN[\s\S]*/, '');
    const refused: [string, string][] = [
      ['', 'not the result of a drill'],
      [body, 'not the result of a drill'],
      [sign(`${body}more\n`), 'not the result of a drill'],
      [sign(body.replace('host example', 'host other')), 'a drill of other, and this is example'],
      [sign(body.replace(/finished 20/, 'finished 30')), 'a drill of the future'],
      [sign(body).replace('sequence 1', 'sequence 4'), 'not a good signature'],
      [sign(body, stranger), 'which is not known here'],
    ];
    for (const [text, message] of refused) {
      const ended = await host.record(text);
      expect([2, 64]).toContain(ended.code);
      expect(ended.stderr).toContain(message);
    }
    expect((await host.status()).lastDrill).toBeNull();
    const text = readFileSync(host.config, 'utf8');
    writeFileSync(host.config, `drill_signers = "${stranger}.pub"\n${text}`);
    expect(await host.record(sign(body, stranger))).toMatchObject({ code: 0 });
    const again = await host.record(stdout);
    expect(again).toMatchObject({ code: 64, stderr: expect.stringContaining('not newer than the drill of') });
  });

  test('is missed after so many days, where that is asked for', async () => {
    const host = await drilledHost(1, 'drill_after = 5');
    expect((await host.status()).warnings).toContain('no drill has passed');
    await host.record((await host.drill()).stdout);
    expect((await host.status()).warnings.join()).not.toContain('drill');
    const file = join(host.staging, '.status/drill.json');
    const { passed } = JSON.parse(readFileSync(file, 'utf8'));
    const finished = new Date(Date.now() - 6.5 * 86_400_000).toISOString();
    writeFileSync(file, JSON.stringify({ passed: { ...passed, finished } }));
    expect((await host.status()).warnings).toContain('the last drill was 6 days ago, more than 5');
  });
});
