import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import {
  builtCommand,
  type Ended,
  makeHost,
  node,
  run,
  type SshServer,
  startSshServer,
  type TestHost,
  temporaryDirectory,
} from 'test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from './page/browser.ts';
import { expectGood } from './page/expect-good.ts';
import { lately, made, seenIn } from './page/pages.ts';
import { layRuns, sampleRuns } from './page/sample-runs.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser?.close());

describe('the file', () => {
  test('is for its owner alone, replaces the one of before, and leaves nothing beside it', async () => {
    const host = makeHost();
    layRuns(host.state, sampleRuns(2, lately));
    const directory = temporaryDirectory();
    const file = join(directory, 'page.html');
    writeFileSync(file, 'before', { mode: 0o644 });
    expect(await host.backup('report', '--html', file)).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'latin1')).toMatch(/^<!DOCTYPE html>[\s\S]*<\/html>\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['page.html']);
  });

  test('is not written where it cannot be, or where something else is', async () => {
    const directory = temporaryDirectory();
    const host = makeHost();
    symlinkSync('/etc/passwd', join(directory, 'link'));
    for (const [file, why] of [
      [join(directory, 'none/page.html'), 'no such file or directory'],
      [join(directory, 'link'), 'exists and is not a regular file'],
      [directory, 'exists and is not a regular file'],
    ] as const) {
      const ended = await host.backup('report', '--html', file);
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(`${file}: ${why}`) });
    }
    expect(readdirSync(directory)).toEqual(['link']);
  });

  test('is asked for of nothing but a report, and alone', async () => {
    const host = makeHost();
    const file = join(temporaryDirectory(), 'x');
    for (const words of [[], ['status'], ['report', 'now'], ['report', '--overdue']])
      expect(await host.backup(...words, '--html', file)).toMatchObject({ code: 64 });
    expect(existsSync(file)).toBe(false);
  });
});

/** A host with two dates that can be pulled. */
async function servedHost(): Promise<{ host: TestHost; server: SshServer }> {
  const host = makeHost();
  const server = await startSshServer(host);
  for (const date of made)
    expect(await server.inside(node, builtCommand('hcoop-backup'), '--date', date)).toMatchObject({
      code: 0,
    });
  return { host, server };
}

describe('the page of all that is pulled', () => {
  test('has every host that is kept, its dates, and what became of a pull', async () => {
    const { host, server } = await servedHost();
    const destination = join(temporaryDirectory(), 'backups');
    mkdirSync(join(destination, 'other'), { recursive: true });
    for (const date of made)
      cpSync(join(host.staging, date), join(destination, 'other', date), { recursive: true });
    const file = join(destination, 'page.html');
    const pull = (...args: string[]): Promise<Ended> =>
      run([
        builtCommand('hcoop-pull'),
        '--ssh-config',
        server.sshConfig,
        '--html',
        file,
        ...args,
        destination,
      ]);

    const first = await pull('--accept-new', '--no-backup', 'host');
    expect(first.code, first.stderr).toBe(0);
    await expectGood(browser, file, 'pulls');
    const text = (): Promise<string> => seenIn(browser, file, 'main');
    expect(await text()).toMatch(/^ok 2 hosts, all as they should be/);
    expect(await text()).toMatch(/^host\tok\t2026-11-23[\s\S]*?\tverified$/m);
    expect(await text()).toMatch(/^other\tok\t2026-11-23[\s\S]*?\t2\tnot asked for$/m);

    expect(await pull('gone')).toMatchObject({ code: 1 });
    expect(await text()).toMatch(
      /^FAILED 1 of 3 hosts to look at\s+gone: .*its signing key is not known here/,
    );
    expect(await pull()).toMatchObject({ code: 0, stdout: Buffer.alloc(0), stderr: '' });
    expect(await text()).toMatch(/^ok 2 hosts/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('one that cannot be written costs no date', async () => {
    const { server } = await servedHost();
    const destination = join(temporaryDirectory(), 'backups');
    const ended = await run([
      ...[builtCommand('hcoop-pull'), '--ssh-config', server.sshConfig, '--accept-new', '--no-backup'],
      ...['--html', '/dev/null', 'host', destination],
    ]);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('/dev/null: exists and is not') });
    expect(ended.stdout.toString()).toBe(`${destination}/host/2026-11-23/\n`);
  });
});
