import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { temporaryDirectory } from 'test-kit';
import { describe, expect, test } from 'vitest';
import { ping, pingAddress } from '../../src/monitor/ping.ts';
import { describeRun, longestText } from '../../src/monitor/ping-text.ts';
import { aFailure, aRun } from './a-run.ts';
import { type Answer, startPingServer } from './ping-server.ts';

const id = '6f1c9d1e-5ba0-4f0f-9a3c-7f6a1c1f0e11';
const signal = { signal: '/2', id, body: 'what: why\n' };

describe('a ping', () => {
  test('is a POST with the summary, and says which start its end belongs to', async () => {
    const server = await startPingServer();
    for (const each of ['', '/start', '/143'])
      expect(await ping(new URL(server.url), { ...signal, signal: each }, 10)).toBeUndefined();
    const common = {
      method: 'POST',
      query: { rid: id },
      body: 'what: why\n',
      type: 'text/plain; charset=utf-8',
    };
    expect(server.received).toEqual(
      ['/s3cret', '/s3cret/start', '/s3cret/143'].map((path) => ({ ...common, path })),
    );
  });

  test('goes to an address that has a query and a slash at its end', async () => {
    const server = await startPingServer();
    await ping(new URL(`${server.url}/a-slug/?create=1`), signal, 10);
    expect(server.received).toMatchObject([{ path: '/s3cret/a-slug/2', query: { create: '1', rid: id } }]);
  });

  test('is tried again where that may help', async () => {
    const server = await startPingServer({ status: 503 }, 'reset', 'ok');
    expect(await ping(new URL(server.url), signal, 10)).toBeUndefined();
    expect(server.received).toHaveLength(3);
  });

  const elsewhere = 'http://127.0.0.1:1/elsewhere';
  test.each([
    [{ status: 500, text: 'at /s3cret' }, 3, 'answered 500, 3 attempts'],
    ['reset', 3, /^(?:other side closed|connection reset by peer|socket hang up), 3 attempts$/],
    ['stall', 3, 'no answer in time, 3 attempts'],
    [{ status: 404, text: 'no /s3cret' }, 1, 'answered 404'],
    [{ status: 301, location: elsewhere }, 1, 'answered 301: it is elsewhere now, and pings do not follow'],
    [{ status: 307, location: elsewhere }, 1, 'answered 307: it is elsewhere now, and pings do not follow'],
    [{ text: 'OK (not found)' }, 1, 'answered: not found'],
    [{ text: 'OK (rate limited)' }, 1, 'answered: rate limited'],
  ] satisfies [Answer, number, string | RegExp][])(
    'answered %o is not accepted',
    async (answer, times, why) => {
      const server = await startPingServer(answer);
      const fault = await ping(new URL(server.url), signal, 1);
      expect(fault).toEqual(typeof why === 'string' ? why : expect.stringMatching(why));
      expect(server.received).toHaveLength(times);
    },
  );

  test.each([
    ['http://127.0.0.1:1/s3cret', /^(?:bad port|connection refused), 3 attempts$/],
    ['http://does-not-exist.invalid/s3cret', /^(?:unknown node or service|temporary failure), 3 attempts$/],
  ])('to %s, where nobody is, says why and not to where', async (url, why) => {
    expect(await ping(new URL(url), signal, 10)).toMatch(why);
  });

  test('that is enough is not tried again', async () => {
    const server = await startPingServer({ status: 503 });
    const enough = new AbortController();
    enough.abort();
    expect(await ping(new URL(server.url), signal, 10, enough.signal)).toBe('answered 503');
    expect(server.received).toHaveLength(1);
  });
});

describe('the address', () => {
  const monitor = { timeout: 10 };
  test('is read from a file', () => {
    const file = join(temporaryDirectory(), 'url');
    writeFileSync(file, 'https://hc-ping.com/s3cret\n');
    expect(pingAddress({ ...monitor, ping_url_file: file })?.href).toBe('https://hc-ping.com/s3cret');
    expect(pingAddress(monitor)).toBeUndefined();
  });

  test.each([
    '',
    'ftp://x/s3cret',
    'https://me:s3cret@x/',
    's3cret',
    'https://a/s3cret\nhttps://b/s3cret',
    'http://:/s3cret',
  ])('is none in %j, and is not shown', (text) => {
    const file = join(temporaryDirectory(), 'url');
    writeFileSync(file, text);
    const read = () => pingAddress({ ...monitor, ping_url_file: file });
    expect(read).toThrow(`${file}: not an address like https://hc-ping.com/UUID`);
  });

  test('is not looked for behind a link, or where there is no file', () => {
    const [directory, file] = [temporaryDirectory(), 'url'];
    const path = join(directory, file);
    expect(() => pingAddress({ ...monitor, ping_url_file: path })).toThrow(`${path}: no such file`);
    symlinkSync('/dev/zero', path);
    expect(() => pingAddress({ ...monitor, ping_url_file: path })).toThrow(path);
  });
});

describe('the summary', () => {
  test('of a run has its states and numbers, and no path of what was backed up', () => {
    expect(describeRun(aRun({ doubts: ['files is small'] }))).toBe(
      [
        'shelob.example.org, 2026-11-26: ok, exit code 0, 600.5 s',
        'files: ok, 1000 paths, 5.0 GB, 1.0 MB new, 500.1 s',
        'databases: ok, 0.0 MB, 0.0 MB new, 3 s',
        'volumes: skipped, not configured',
        'unexpected files: 3, 1 of them new',
        'without a dump: 1',
        'doubt: files is small',
        '',
      ].join('\n'),
    );
  });

  test('of one that failed says why first', () => {
    const losses = { count: 1, first: [{ what: '/home/alice/diary', why: 'input/output error' }] };
    const text = describeRun(aFailure({ losses }));
    expect(text.split('\n').slice(0, 4)).toEqual([
      'shelob.example.org, 2026-11-26: FAILED, exit code 2, 10 s',
      'failed: /srv/backup/staging: no space left on device',
      'hint: make room',
      'missing: 1, named in the log on the host',
    ]);
    expect(text).not.toContain('alice');
  });

  test('has no more bytes than a service keeps, and no half of a character', () => {
    const doubts = fc.array(fc.string({ unit: 'grapheme', minLength: 100, maxLength: 4000 }), {
      minLength: 5,
    });
    fc.assert(
      fc.property(doubts, (texts) => {
        const text = describeRun(aRun({ doubts: texts.map((each) => each.replaceAll('\ufffd', '?')) }));
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(longestText);
        expect(text).not.toContain('\ufffd');
      }),
      { endOnFailure: true, examples: [[Array(10).fill('\u{1f600}'.repeat(1000))]] },
    );
  });
});
