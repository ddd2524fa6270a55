import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { FirstLook } from '../src/directory/content.ts';
import { BytesInspector, Ends, type Findings, type Inspector } from '../src/inspector.ts';
import { LdifInspector } from '../src/ldap/text.ts';
import { dumpForm, MariadbInspector } from '../src/mariadb/text.ts';
import { databaseForm, globalsForm, PostgresqlInspector } from '../src/postgresql/text.ts';
import { RdbInspector } from '../src/redis/rdb.ts';
import { chunked, cuts, single } from './chunks.ts';
import { type DumpTexts, makeDumpTexts, mariadbRows, postgresqlRows } from './dump-texts.ts';

let texts: DumpTexts;
beforeAll(async () => {
  texts = await makeDumpTexts();
});

type Kind = Exclude<keyof DumpTexts, 'pgArchive'>;

const inspectors: Readonly<Record<Kind, () => Inspector>> = {
  pgDump: () => new PostgresqlInspector(databaseForm),
  pgDumpall: () => new PostgresqlInspector(globalsForm),
  mariadbDump: () => new MariadbInspector({ countsRows: true }),
  mariadbGlobals: () => new MariadbInspector({ countsRows: false }),
  slapcat: () => new LdifInspector(),
  redisOnTheFly: () => new RdbInspector(),
  redisFile: () => new RdbInspector(),
};
const kinds = Object.keys(inspectors) as Kind[];

function inspect(kind: Kind, chunks: readonly Buffer[]): Findings {
  const inspector = inspectors[kind]();
  for (const chunk of chunks) inspector.pass(chunk);
  return inspector.finish();
}

test.each(kinds)('however it comes, a dump is found to be the same: %s', (kind) => {
  const text = texts[kind];
  const whole = inspect(kind, [text]);
  expect(whole.bytes).toBe(text.length);
  fc.assert(
    fc.property(cuts, (at) => {
      expect(inspect(kind, chunked(text, at))).toEqual(whole);
    }),
    { numRuns: 30 },
  );
  const pieces = fc.integer({ min: 900, max: 100_000 });
  fc.assert(
    fc.property(pieces, (size) => {
      const at = Array.from({ length: Math.floor(text.length / size) }, (_, i) => i * size);
      expect(inspect(kind, chunked(text, at))).toEqual(whole);
    }),
    { numRuns: 10 },
  );
  if (text.length < 1 << 20) expect(inspect(kind, single(text))).toEqual(whole);
});

test('rows are counted by tables, whatever these are called and whatever looks like that', () => {
  const { rows } = inspect('pgDump', [texts.pgDump]);
  expect(Object.fromEntries(rows ?? [])).toEqual(postgresqlRows);
  const mariadb = inspect('mariadbDump', [texts.mariadbDump]);
  expect(Object.fromEntries(mariadb.rows ?? [])).toEqual(mariadbRows);
  const entries = texts.slapcat.toString('latin1').match(/^dn:/gm)?.length;
  expect(inspect('slapcat', [texts.slapcat]).rows).toEqual(new Map([['entries', entries]]));
  expect(entries).toBeGreaterThan(5);
});

const closed = kinds.filter((kind) => kind !== 'slapcat'); // which has no last line

test.each(closed)('a dump that lacks its end is refused, by a byte or more: %s', (kind) => {
  const text = texts[kind];
  const isRefused = (length: number): void => {
    expect(() => inspect(kind, [text.subarray(0, length)]), String(length)).toThrow(
      /cut short|nothing came|does not start/,
    );
  };
  const isWhole = (length: number): boolean => kind === 'redisOnTheFly' && length === text.length - 40; // without the mark
  for (let missing = 1; missing <= Math.min(600, text.length); missing += 1)
    if (!isWhole(text.length - missing)) isRefused(text.length - missing);
  fc.assert(fc.property(fc.nat({ max: text.length - 601 }), isRefused), { numRuns: 200 });
});

test('entries that are cut short are refused, unless between two of them', () => {
  const text = texts.slapcat;
  for (let length = 0; length < text.length; length += 7) {
    const cut = text.subarray(0, length);
    if (cut.subarray(-2).toString() !== '\n\n') expect(() => inspect('slapcat', [cut])).toThrow();
  }
});

test.each(kinds)('a changed byte changes the digest, or is refused: %s', (kind) => {
  const text = texts[kind];
  const whole = inspect(kind, [text]);
  const end = kind === 'redisOnTheFly' ? text.length - 40 : text.length; // the mark is another one each time
  const places = fc.oneof(
    fc.nat({ max: end - 1 }),
    fc.nat({ max: 400 }),
    fc.nat({ max: 400 }).map((n) => end - 1 - n),
  );
  fc.assert(
    fc.property(places, fc.integer({ min: 1, max: 255 }), (at, bits) => {
      const changed = Buffer.from(text);
      changed[at] = (changed[at] ?? 0) ^ bits;
      expect(digestOf(kind, changed)).not.toBe(whole.sha256);
    }),
    { numRuns: 100 },
  );
});

function digestOf(kind: Kind, text: Buffer): string | undefined {
  try {
    return inspect(kind, [text]).sha256;
  } catch {
    return undefined;
  }
}

test.each(['pgDump', 'pgDumpall'] as const)('the key of pg_dump is in no digest: %s', (kind) => {
  const text = texts[kind].toString('latin1');
  const key = /^\\restrict (\w+)$/m.exec(text)?.[1] ?? '';
  expect(key).toMatch(/^\w{20,}$/);
  const other = text.replaceAll(key, 'x'.repeat(63));
  const digest = digestOf(kind, Buffer.from(text, 'latin1'));
  expect(digestOf(kind, Buffer.from(other, 'latin1'))).toBe(digest);
  // What looks like the line with the key, and is some text in the database, is in the digest.
  expect(digest).toBeDefined();
  if (kind === 'pgDump') {
    expect(text).toContain('\\restrict key\n');
    const changed = text.replace('\\restrict key\n', '\\restrict kez\n');
    expect(digestOf(kind, Buffer.from(changed, 'latin1'))).not.toBe(digest);
  }
});

test('a dump of an older pg_dump, which has no key, is whole as it is', () => {
  const old = texts.pgDump.toString('latin1').replace(/^\\(?:un)?restrict \w{20,}\n\n?/gm, '');
  expect(old.endsWith('--\n\n')).toBe(true);
  const bytes = Buffer.from(old, 'latin1');
  expect(inspect('pgDump', [bytes])).toEqual(inspect('pgDump', single(bytes)));
  const changed = Buffer.from(old.replace('\\restrict key\n', '\\restrict kez\n'), 'latin1');
  expect(digestOf('pgDump', changed)).not.toBe(digestOf('pgDump', bytes));
});

test('the mark behind a snapshot is in no digest', () => {
  const text = texts.redisOnTheFly;
  const digest = digestOf('redisOnTheFly', text);
  expect(digest).toBeDefined();
  expect(digestOf('redisOnTheFly', text.subarray(0, -40))).toBe(digest);
  const other = Buffer.concat([text.subarray(0, -40), Buffer.from('0123456789'.repeat(4))]);
  expect(digestOf('redisOnTheFly', other)).toBe(digest);
});

test('however it comes, the text of a file is known for what it is by its start, and has its end or not', () => {
  const look = (chunks: readonly Buffer[]): string => {
    const first = new FirstLook();
    for (const chunk of chunks) first.pass(chunk);
    first.conclude();
    first.finish();
    return first.start;
  };
  for (const kind of ['pgDump', 'pgDumpall', 'mariadbDump'] as const) {
    const text = texts[kind].subarray(-1_000_000);
    const whole = Buffer.concat([texts[kind].subarray(0, 1000), text]);
    const cut = whole.subarray(0, -70);
    fc.assert(
      fc.property(cuts, (at) => {
        expect(look(chunked(whole, at))).toBe(whole.toString('latin1', 0, 256));
        expect(() => look(chunked(cut, at))).toThrow('cut short');
        expect(() => look(chunked(cut, [3, ...at]))).toThrow('cut short');
      }),
      { numRuns: 20 },
    );
  }
  for (const text of ['', '-', 'SELECT 1;\n', 'x'.repeat(1000)])
    expect(look([Buffer.from(text)])).toBe(text.slice(0, 256));
});

test('starts and ends are looked for in as much as comes, and what is empty is nothing', () => {
  const form = { what: 'a thing', start: /^start/, end: /end$/ };
  const pass = (...chunks: string[]): number => {
    const ends = new Ends(form);
    for (const chunk of chunks) ends.pass(Buffer.from(chunk));
    ends.finish();
    return ends.bytes;
  };
  expect(pass('startend')).toBe(8);
  expect(pass('st', '', 'art', 'e', 'nd')).toBe(8);
  expect(pass('start', 'x'.repeat(2000), 'e', 'n', 'd')).toBe(2008);
  expect(() => pass()).toThrow('nothing came');
  expect(() => pass('')).toThrow('nothing came');
  expect(() => pass('astart', 'end')).toThrow('does not start as one');
  expect(() => pass('start', 'en')).toThrow('cut short after 7 bytes');
  expect(() => new Ends(form).pass(Buffer.alloc(512))).toThrow('does not start as one');
  expect(new BytesInspector().finish()).toMatchObject({ bytes: 0 });
});

const five = 5_000_000;
const hostile: readonly (readonly [what: string, text: string])[] = [
  ['quotes', '"'.repeat(five)],
  ['single quotes', "'".repeat(five)],
  ['backquotes', '`'.repeat(five)],
  ['parentheses', '('.repeat(five)],
  ['closing parentheses', ')'.repeat(five)],
  ['newlines', '\n'.repeat(five)],
  ['quotes on lines', '"\n'.repeat(five / 2)],
  ['backquotes on lines', '`\n'.repeat(five / 2)],
  ['ends of headers', '"FROM stdin;\n'.repeat(five / 13)],
  ['ends of headers without quotes', 'FROM stdin;\n'.repeat(five / 12)],
  ['ends of statements', 'x` VALUES\n WRITE;\n'.repeat(five / 18)],
  ['backslashes', '\\\n'.repeat(five / 2)],
];
const data = '-- Data for Name: x; Type: TABLE DATA;\n--\n\nCOPY ';
const lead: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  pgDump: ['', data, `${data}"x" ("`],
  mariadbDump: ['LOCK TABLES `', 'LOCK TABLES `x` WRITE;\nINSERT INTO `'],
};

test.each(hostile)('5 MB of %s are no work for minutes', (_, text) => {
  for (const kind of ['pgDump', 'mariadbDump'] as const)
    for (const before of lead[kind] ?? []) {
      const start = texts[kind].subarray(0, 1000);
      const bytes = Buffer.concat([start, Buffer.from(`\n${before}`), Buffer.from(text)]);
      const chunks = chunked(
        bytes,
        Array.from({ length: 80 }, (_, i) => i * 65_536),
      );
      const begun = process.cpuUsage();
      const inspector = inspectors[kind]();
      for (const chunk of chunks) inspector.pass(chunk);
      expect(() => inspector.finish()).toThrow('cut short');
      // Half a second; where the work grew with the square of the input, it was half a minute.
      const { user, system } = process.cpuUsage(begun); // of which there is as much under load
      expect((user + system) / 1e6, `${kind} ${before}`).toBeLessThan(10);
    }
});

test('a dump of mysqldump, or of an older mariadb-dump, is one as well', () => {
  const [start, end] = [dumpForm.start, dumpForm.end];
  for (const first of [
    '-- MariaDB dump 10.19  Distrib',
    '-- MySQL dump 10.13  Distrib 8.0',
    '/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19',
  ])
    expect(first).toMatch(start);
  expect('\n-- Dump completed on 2026-11-26  7:21:02\n').toMatch(end as RegExp);
});
