import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  backupCommand,
  type Ended,
  makeHost,
  run,
  start,
  type TestHost,
  temporaryDirectory,
  until,
} from 'test-kit';
import { describe, expect, test } from 'vitest';
import { type RunReport, runReportSchema } from '../../src/report/run-report.ts';
import { startPingServer } from './ping-server.ts';

/** A host that tells of its runs by these settings; mails go nowhere. */
function monitoredHost(...settings: string[]): TestHost {
  return makeHost(
    `[system]\nenabled = false\n[notify]\nenabled = false\n[monitor]\n${settings.map((line) => `${line}\n`).join('')}`,
  );
}

function toldFiles() {
  const directory = temporaryDirectory();
  const [textfile, events] = [join(directory, 'hcoop-backup.prom'), join(directory, 'events.jsonl')];
  const read = (): RunReport[] =>
    readFileSync(events, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => runReportSchema.parse(JSON.parse(line)));
  return { textfile, events, read, settings: [`textfile = "${textfile}"`, `events = "${events}"`] };
}

function expectEnded(ended: Ended, code: number): void {
  expect(ended.code, ended.stderr).toBe(code);
}

/** A line of the file for metrics. */
const line = (file: string, name: string): string | undefined =>
  readFileSync(file, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name} `) || text.startsWith(`${name}{`));

describe('a backup', () => {
  test('tells of its start, its end, its numbers and all of it', async () => {
    const server = await startPingServer();
    const told = toldFiles();
    const host = monitoredHost(`ping_url = "${server.url}"`, ...told.settings);
    const ended = await host.backup('--date', '2026-01-01');
    expectEnded(ended, 0);
    expect(ended.stderr).not.toContain('s3cret');
    const [begun, end] = server.received;
    expect(server.received.map(({ path }) => path)).toEqual(['/s3cret/start', '/s3cret']);
    expect(end?.query).toEqual(begun?.query);
    expect(end?.body).toMatch(/^example, 2026-01-01: ok, exit code 0, .*\nfiles: ok, \d+ paths, /);
    expect(end?.body).not.toContain(host.tree);
    expect(told.read()).toMatchObject([{ host: 'example', status: 'ok', exitCode: 0, sequence: 1 }]);
    expect((await run(['promtool', 'check', 'metrics'], { input: readFileSync(told.textfile) })).code).toBe(
      0,
    );
    const [report] = told.read();
    expect(line(told.textfile, 'hcoop_backup_component_size_bytes')).toBe(
      `hcoop_backup_component_size_bytes{component="files"} ${report?.components.files?.bytes}`,
    );
  });

  test('that fails tells so, and when the last one was a success', async () => {
    const server = await startPingServer();
    const told = toldFiles();
    const host = monitoredHost(`ping_url = "${server.url}"`, ...told.settings);
    expectEnded(await host.backup('--date', '2026-01-01'), 0);
    const success = line(told.textfile, 'hcoop_backup_last_success_timestamp_seconds');
    expect(success).toBeDefined();
    writeFileSync(host.recipients, 'nobody\n');
    const failed = await host.backup('--date', '2026-01-02');
    expectEnded(failed, 2);
    expect(server.received.map(({ path }) => path).slice(2)).toEqual(['/s3cret/start', '/s3cret/2']);
    expect(server.received[3]?.body).toContain(
      'failed: 2026-01-02: not published: the files component failed\n',
    );
    expect(line(told.textfile, 'hcoop_backup_last_success_timestamp_seconds')).toBe(success);
    expect(line(told.textfile, 'hcoop_backup_exit_code')).toBe('hcoop_backup_exit_code 2');
    expect(told.read().map(({ status }) => status)).toEqual(['ok', 'failed']);
  });

  test('is as good as any other where nothing of that works, and what does not is named', async () => {
    const server = await startPingServer({ status: 404 });
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'x.prom'));
    const host = monitoredHost(
      `ping_url = "${server.url}"`,
      `textfile = "${directory}/x.prom"`,
      `events = "${directory}"`,
    );
    const ended = await host.backup('--date', '2026-01-01');
    expectEnded(ended, 0);
    for (const named of [
      `metrics: ${directory}/x.prom: exists and is not a regular file`,
      `events: ${directory}: illegal operation on a directory`,
      `ping of ${server.host}: answered 404`,
    ])
      expect(ended.stderr).toContain(`hcoop-backup: ${named}\n`);
    expect(ended.stderr).not.toContain('s3cret');
    expect((await host.verify(join(host.staging, '2026-01-01'))).code).toBe(0);
  });

  test('does not wait for a server that is silent, but at its end, for so long as is said', async () => {
    const server = await startPingServer('stall');
    const host = monitoredHost(`ping_url = "${server.url}"`, 'timeout = 1');
    const { ended } = start(backupCommand(host, '--date', '2026-01-01'));
    await until(() => server.received.some(({ path }) => path === '/s3cret')); // what it tells of is done
    expect((await host.verify(join(host.staging, '2026-01-01'))).code).toBe(0);
    expectEnded(await ended, 0);
  });

  test('that a signal ends tells so in the time that it has', async () => {
    const server = await startPingServer();
    const told = toldFiles();
    const host = monitoredHost(`ping_url = "${server.url}"`, ...told.settings);
    const { child, ended } = start(backupCommand(host, '--date', '2026-01-01'));
    await until(() => server.received.length > 0);
    child.kill('SIGTERM');
    expectEnded(await ended, 143);
    expect(server.received.map(({ path }) => path)).toEqual(['/s3cret/start', '/s3cret/143']);
    expect(told.read()).toMatchObject([{ status: 'failed', exitCode: 143 }]);
  });
});

test.each([
  ['ping_url = "ftp://example.org/s3cret"', 'ping_url', 'an address like https://hc-ping.com/UUID'],
  ['textfile = "/var/lib/x"', 'textfile', 'a name that ends in .prom'],
  ['ping_url = "http://a/s3cret"\nping_url_file = "/x"', 'monitor', 'either ping_url or ping_url_file'],
])('%s is a mistake that is named, and not shown', async (settings, key, why) => {
  const host = monitoredHost(settings);
  const ended = await host.backup('--check-config');
  expectEnded(ended, 64);
  expect(ended.stderr).toContain(key);
  expect(ended.stderr).toContain(why);
  expect(ended.stderr).not.toContain('s3cret');
});
