import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mailSubject } from '../src/report/mail/content.ts';
import { mailHtml } from '../src/report/mail-html.ts';
import { mailText } from '../src/report/mail-text.ts';
import { type AnnoyingGroup, type RunReport, runReportSchema } from '../src/report/run-report.ts';
import { aGroup, aRun, someRuns } from './run-reports.ts';

/** Names and messages that are meant to do something, in a terminal, a mail or a browser. */
const hostile = fc.oneof(
  fc.constantFrom(
    '<script>alert(1)</script>',
    '"><img src=http://evil.example/x onerror=alert(1)>',
    '\u202egnp.exe',
    '\u2066a\u2069',
    '\u200bhidden\ufeff',
    '\x1b]0;title\x07',
    'line\r\nBcc: everybody@example.org',
    '\ud800',
    "'; rm -rf / #",
    'x'.repeat(20_000),
    '😀'.repeat(3000),
    '&'.repeat(5000),
  ),
  fc.string({ unit: 'binary' }),
  fc.string(),
);
const time = fc
  .date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const optional = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
const status = fc.constantFrom('ok', 'incomplete', 'failed');
const loss = fc.record({ what: hostile, why: hostile, hint: optional(hostile) });
const group = fc.record({
  directory: hostile,
  count: fc.nat(),
  newCount: fc.nat(),
  bytes: fc.nat(),
  owners: fc.array(hostile, { maxLength: 3 }),
  newest: time,
  oldest: time,
  files: fc.array(fc.record({ name: hostile, size: fc.nat(), owner: hostile, mtime: time }), {
    maxLength: 20,
  }),
  rule: hostile,
  mixed: optional(fc.boolean()),
  lines: optional(fc.array(fc.record({ rule: hostile, word: hostile }), { maxLength: 20 })),
  word: optional(hostile),
});
const run = fc
  .record({
    host: hostile,
    status,
    failure: fc.option(loss),
    losses: fc.record({ count: fc.nat(), first: fc.array(loss, { maxLength: 100 }) }),
    components: fc.dictionary(
      hostile,
      fc.record({
        status: fc.constantFrom('ok', 'incomplete', 'failed', 'skipped'),
        reason: optional(hostile),
        bytes: fc.nat(),
        newBytes: fc.nat(),
        seconds: fc.nat(),
      }),
    ),
    annoying: fc.record({
      count: fc.nat(),
      bytes: fc.nat(),
      newCount: fc.nat(),
      groups: fc.array(group, { maxLength: 200 }),
      others: fc.record({ groups: fc.nat(), count: fc.nat() }),
    }),
    dropped: fc.record({ paths: fc.nat(), bytes: fc.nat() }),
    undumped: fc.array(hostile),
    doubts: fc.array(hostile),
    last: fc.record({ pull: fc.option(time), receipt: fc.option(time), drill: fc.option(time) }),
  })
  .map((different) => aRun(different as Partial<RunReport>));

const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const tag =
  /^<(?:!doctype html|html lang="en"|meta charset="utf-8"|meta name="color-scheme" content="light dark"|\/?(?:head|title|html|body|h1|h2|h3|p|ul|li|pre|table|thead|tbody|tr|th|td)|(?:body|h1|h2|h3|p|ul|pre|table|td|th scope="col") style="[-\w:;#,.() ]*")>$/;

function expectInert(report: RunReport, history: readonly RunReport[]): void {
  const [subject, text, html] = [mailSubject(report), mailText(report, history), mailHtml(report, history)];
  expect(subject).not.toMatch(unsafe);
  expect(text.replaceAll('\n', '')).not.toMatch(unsafe);
  expect(html.replaceAll('\n', '')).not.toMatch(unsafe);
  expect(text.split('\n').filter((line) => Buffer.byteLength(line) > 998)).toEqual([]);
  // Nothing that a name has made is markup: all tags are ours, with our attributes, and none leads elsewhere.
  expect((html.match(/<[^>]*>?/g) ?? []).filter((found) => !tag.test(found))).toEqual([]);
  expect(html).not.toMatch(/style="[^"]*url\(/);
  for (const part of [text, html]) expect(Buffer.byteLength(part)).toBeLessThan(200_000);
}

describe('whatever is in a record', () => {
  test('the mail is inert in both forms, bounded, and of lines that every server takes', () => {
    fc.assert(
      fc.property(run, fc.array(run, { maxLength: 2 }), (report, history) => expectInert(report, history)),
      { numRuns: 150 },
    );
  });

  test.each(['&', '"', '\u202e', '😀', '\xff'])(
    'also where all is as much and as long as can be: %j',
    (character) => {
      const long = character.repeat(16_000);
      const files = Array.from({ length: 20 }, () => ({
        name: long,
        size: 1,
        owner: long,
        mtime: aRun().started,
      }));
      const lines = Array.from({ length: 20 }, () => ({
        rule: long.slice(0, 800),
        word: long.slice(0, 150),
      }));
      const groups = Array.from({ length: 200 }, () =>
        aGroup({
          directory: long,
          files,
          owners: [long, long, long],
          rule: long.slice(0, 800),
          mixed: true,
          lines,
        }),
      );
      const losses = {
        count: 1e6,
        first: Array.from({ length: 100 }, () => ({ what: long, why: long, hint: long })),
      };
      const component = { status: 'skipped', reason: long, bytes: 1, newBytes: 1, seconds: 1 } as const;
      const components = Object.fromEntries(
        Array.from({ length: 300 }, (_, i) => [`${i}${long}`, component]),
      );
      const many = Array.from({ length: 1000 }, () => long);
      const annoying = {
        count: 1e7,
        bytes: 1e12,
        newCount: 1e7,
        groups,
        others: { groups: 1e6, count: 1e7 },
      };
      const failure = { what: long, why: long, hint: long };
      const whole = { host: long, failure, losses, components, undumped: many, doubts: many, annoying };
      expectInert(aRun(whole), []);
    },
  );
});

/** What a reader sees of the HTML. */
function seen(html: string): string {
  return html
    .slice(html.indexOf('</head>'))
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

test('both forms say the same', () => {
  fc.assert(
    fc.property(run, (report) => {
      const words = (text: string): string[] => text.split(/[\s-]+/).filter((word) => word !== '');
      const [text, html] = [mailText(report, []), seen(mailHtml(report, []))];
      expect(words(text).join(' ')).toBe(words(html).join(' '));
    }),
    { numRuns: 50 },
  );
});

test.each([
  [{}, '[backup] shelob: ok'],
  [{ annoying: { ...aRun().annoying, count: 12 } }, '[backup] shelob: ok, 12 unexpected files'],
  [
    { status: 'incomplete', annoying: { ...aRun().annoying, count: 1 } },
    '[backup] shelob: INCOMPLETE, 1 unexpected file',
  ],
  [{ status: 'failed' }, '[backup] shelob: FAILED'],
  [{ doubts: ['a', 'b'] }, '[backup] shelob: ok, 2 doubts'],
] as const)('the subject of %j', (different, subject) => {
  expect(mailSubject(aRun(different as Partial<RunReport>))).toBe(subject);
});

test('what failed and what to do comes first, then what is unexpected, and the figures last', () => {
  const failed = { status: 'failed', reason: 'the log says why', bytes: 0, newBytes: 0, seconds: 3 } as const;
  const report = aRun({
    status: 'incomplete',
    losses: {
      count: 1,
      first: [
        { what: 'databases', why: 'failed: psql: no such program', hint: 'apt install postgresql-client' },
      ],
    },
    components: { ...aRun().components, databases: failed },
    annoying: {
      count: 3,
      bytes: 5e6,
      newCount: 1,
      groups: [aGroup({ count: 3 })],
      others: { groups: 0, count: 0 },
    },
    dropped: { paths: 3, bytes: 4e6 },
    undumped: ['postgresql:///'],
    doubts: ['files: 1 GB sealed, far less than usual'],
    last: { pull: '2026-11-24T03:10:00.000Z', receipt: null, drill: '2026-01-01T00:00:00.000Z' },
  });
  const text = mailText(
    report,
    someRuns(6, () => ({})),
  );
  const order = [
    'shelob: INCOMPLETE: 2026-11-26 published, number 7, in 10 min',
    'databases: failed: psql: no such program',
    'apt install postgresql-client',
    'Unexpected: 3 files, 1 new',
    '/srv/app/  1 new of 3, 5 B, ann, 24 h old',
    '    hcoop-backup expect /srv/app/\n    hcoop-backup exclude /srv/app/\nor the line\n    /srv/app/\n',
    '2 files that a mail has named before.',
    '  databases  FAILED',
    '  2026-10-06  10.0 GB',
    'New rules take out 3 paths, 4.0 MB',
    'postgresql:///',
    'far less than usual',
    '  pull     2 days ago    2026-11-24 03:10 UTC',
    '  receipt  none known',
    '  drill    329 days ago',
  ];
  const places = order.map((part) => text.indexOf(part));
  expect(places.map((place, i) => [order[i], place > (places[i - 1] ?? -1)])).toEqual(
    order.map((part) => [part, true]),
  );
  expect(text.split('\n').filter((line) => line.length > 78)).toEqual([]);
  expect(runReportSchema.parse(report)).toEqual(report);
});

test('the commands of a group are words to a shell: as many paths as there are, byte for byte', () => {
  const words = ["'/a b'", "$'/c\\xff'", "/plain'".replace("'", '')];
  const lines = words.map((word) => ({ rule: '', word }));
  const group: AnnoyingGroup = aGroup({ directory: '/', rule: '', count: 3, mixed: true, lines });
  const { word: _, ...shown } = { ...group, directory: '/etc/' };
  const report = aRun({ annoying: { ...aRun().annoying, count: 3, newCount: 3, groups: [shown] } });
  const command = mailText(report, [])
    .split('\n')
    .find((line) => line.includes('hcoop-backup exclude'));
  const script = `hcoop-backup() { printf '%s\\0' "$@"; }; ${command}`;
  expect(execFileSync('bash', ['-c', script]).toString('latin1')).toBe('exclude\0/a b\0/c\xff\0/plain\0');
});

test('where a rule would take in other files too, they are not to be excluded with it', () => {
  const group = aGroup({
    mixed: true,
    directory: '/etc/cron.d/',
    rule: '/etc/cron.d/',
    word: '/etc/cron.d/',
    count: 50,
  });
  const report = aRun({ annoying: { ...aRun().annoying, count: 50, newCount: 50, groups: [group] } });
  const text = mailText(report, []);
  expect(text).toContain('hcoop-backup expect /etc/cron.d/\nThat directory has other files too');
  expect(text).not.toContain('hcoop-backup exclude /etc/cron.d/');
});
