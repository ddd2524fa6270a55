import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, until } from 'test-kit';
import { describe, expect, test } from 'vitest';
import { formatMetrics } from '../../src/monitor/metrics.ts';
import { announceEnd, announceStart } from '../../src/monitor/monitor.ts';
import { ping } from '../../src/monitor/ping.ts';
import { schema } from '../../src/settings/schema.ts';
import { aFailure, aRun } from './a-run.ts';
import { startPingServer } from './ping-server.ts';

/** What was named, and the settings of a host that has only `[monitor]`. */
function monitored(monitor: Record<string, unknown>) {
  const notes: string[] = [];
  const report = { note: (what: string, why?: string) => void notes.push(`${what}: ${why}`) };
  return { settings: schema.parse({ monitor }), report, notes };
}

describe('the pings of a run', () => {
  test('are its start and its end, with one number for both', async () => {
    const server = await startPingServer();
    const { settings, report, notes } = monitored({ ping_url: server.url });
    const begun = announceStart(settings, report);
    await begun.told;
    await announceEnd(begun, settings, aRun(), [], report);
    const [start, end] = server.received;
    expect(start).toMatchObject({ path: '/s3cret/start', body: '' });
    expect(end).toMatchObject({ path: '/s3cret', query: start?.query });
    expect(end?.body).toMatch(/^shelob\.example\.org, 2026-11-26: ok, /);
    expect(start?.query.rid).toMatch(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/);
    expect(notes).toEqual([]);
  });

  test('have the exit code of one that was not complete', async () => {
    const server = await startPingServer();
    const { settings, report } = monitored({ ping_url: server.url });
    for (const run of [aRun({ status: 'incomplete', exitCode: 1 }), aFailure(), aFailure({ exitCode: 143 })])
      await announceEnd(announceStart(settings, report), settings, run, [], report);
    const ends = server.received.map(({ path }) => path).filter((path) => !path.endsWith('/start'));
    expect(ends).toEqual(['/s3cret/1', '/s3cret/2', '/s3cret/143']);
  });

  test('come in their order, however short the run, and the start is not tried again after the end', async () => {
    const server = await startPingServer({ status: 500 }, 'ok');
    const { settings, report, notes } = monitored({ ping_url: server.url });
    await announceEnd(announceStart(settings, report), settings, aRun(), [], report);
    expect(server.received.map(({ path }) => path)).toEqual(['/s3cret/start', '/s3cret']);
    expect(notes).toEqual([`ping of ${server.host}: answered 500`]);
  });

  test('come in their order where the start takes long', async () => {
    let answer = (): void => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const server = await startPingServer(held, 'ok');
    const { settings, report, notes } = monitored({ ping_url: server.url });
    const begun = announceStart(settings, report);
    await until(() => server.received.length === 1);
    const ended = announceEnd(begun, settings, aRun(), [], report);
    // One that waits for nothing comes meanwhile, and the end does not.
    const other = { signal: '/other', id: 'x', body: '' };
    expect(await ping(new URL(server.url), other, 10)).toBeUndefined();
    answer();
    await ended;
    expect(server.received.map(({ path }) => path)).toEqual(['/s3cret/start', '/s3cret/other', '/s3cret']);
    expect(notes).toEqual([]);
  });

  test('that nobody answers hold up no start, and an end for so long as is said', async () => {
    const server = await startPingServer('stall');
    const { settings, report, notes } = monitored({ ping_url: server.url, timeout: 1 });
    const begun = announceStart(settings, report);
    await until(() => server.received.length === 1); // this goes on meanwhile
    await announceEnd(begun, settings, aRun(), [], report);
    const named = `ping of ${server.host}: no answer in time`;
    expect(notes).toEqual([named, `${named}, 3 attempts`]);
  });

  test('to an address that is in a file, which is not there, are named once', async () => {
    const file = join(temporaryDirectory(), 'ping-url');
    const { settings, report, notes } = monitored({ ping_url_file: file });
    await announceEnd(announceStart(settings, report), settings, aRun(), [], report);
    expect(notes).toEqual([`pings: ${file}: no such file`]);
  });
});

describe('the file of metrics', () => {
  test('is written whole, for everybody to read, over the one of before', async () => {
    const textfile = join(temporaryDirectory(), 'hcoop-backup.prom');
    const { settings, report, notes } = monitored({ textfile });
    const before = process.umask(0o077);
    try {
      for (const run of [aRun(), aFailure()]) {
        await announceEnd(announceStart(settings, report), settings, run, [aRun()], report);
        expect(readFileSync(textfile, 'utf8')).toBe(formatMetrics(run, [aRun()]));
        expect(statSync(textfile).mode & 0o777).toBe(0o644);
      }
    } finally {
      process.umask(before);
    }
    expect(readdirSync(join(textfile, '..'))).toEqual(['hcoop-backup.prom']);
    expect(notes).toEqual([]);
  });
});

test('what cannot be told one way is named, and told in the others', async () => {
  const directory = temporaryDirectory();
  const server = await startPingServer();
  const [textfile, events] = [join(directory, 'missing/x.prom'), join(directory, 'events')];
  const { settings, report, notes } = monitored({ textfile, events, ping_url: server.url });
  await announceEnd(announceStart(settings, report), settings, aRun(), [], report);
  expect(notes).toEqual([`metrics: ${textfile}: no such file or directory`]);
  expect(JSON.parse(readFileSync(events, 'utf8'))).toEqual(aRun());
  expect(server.received).toHaveLength(2);
});

test('nothing is told where nobody asks for it', async () => {
  const { settings, report, notes } = monitored({});
  await announceEnd(announceStart(settings, report), settings, aRun(), [], report);
  expect(notes).toEqual([]);
});
