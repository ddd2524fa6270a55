import fc from 'fast-check';
import { fromText } from 'path-stream';
import { expect, test } from 'vitest';
import { seriesOf } from '../src/directory/series.ts';
import { exclusion } from '../src/exclude.ts';
import { parseItem } from '../src/items.ts';
import { besideStem, serverName, stemOf } from '../src/names.ts';
import { encodePart, parseUrl } from '../src/url.ts';

/** Any bytes but NUL, which no name has. */
const bytes = fc
  .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 40 })
  .map((codes) => String.fromCharCode(...codes));
/** Of the characters that mean something somewhere. */
const awkward = fc.string({ unit: fc.constantFrom(...'a.-_%/:@?&=#~2eE '), minLength: 1, maxLength: 12 });
const name = fc.oneof(bytes, awkward);
const maybe = fc.option(name, { nil: undefined });

test('what is encoded into a URL is what is read from it', () => {
  const parts = fc.record({
    user: maybe,
    host: maybe,
    port: fc.option(fc.nat({ max: 65_535 }), { nil: undefined }),
    path: maybe,
    socket: maybe,
    config: maybe,
  });
  fc.assert(
    fc.property(parts, ({ user, host, port, path, socket, config }) => {
      const query = Object.entries({ socket, config }).flatMap(([key, value]) =>
        value === undefined ? [] : [`${key}=${encodePart(value)}`],
      );
      const text =
        `scheme://${user === undefined ? '' : `${encodePart(user)}@`}${encodePart(host ?? '')}` +
        `${port === undefined ? '' : `:${port}`}/${encodePart(path ?? '')}` +
        (query.length > 0 ? `?${query.join('&')}` : '');
      const url = parseUrl(text, ['socket', 'config']);
      expect(url).toMatchObject({ text, scheme: 'scheme', user, host, port, path });
      expect([url.query.get('socket'), url.query.get('config')]).toEqual([socket, config]);
    }),
    { numRuns: 1000 },
  );
});

const secret = fc
  .string({ unit: fc.constantFrom(...'sécrèt0!$*+,;=\'"%41~ #?/&:@'), minLength: 4, maxLength: 12 })
  .map((text) => `Hx${text}xH`);

/** What a message shows, if something is refused; undefined where it is not. */
function refusal(text: string): string | undefined {
  try {
    parseItem(fromText(text));
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'hint' in error) return `${error.message} ${error.hint}`;
    throw error;
  }
}

const schemes = ['postgresql', 'postgres', 'mariadb', 'mysql', 'redis', 'ldap', 'ldapi', 'sqlite'];

test('a password in a URL is refused wherever it is, and not repeated', () => {
  const places: readonly ((password: string) => string)[] = [
    (password) => `//user:${password}@host/name`,
    (password) => `//:${password}@host/`,
    (password) => `//user:${password}@/name`,
    (password) => `//user:${password}@`,
    (password) => `//user:${password}@host:5432/name?sslmode=require`,
    (password) => `///name?password=${password}`,
    (password) => `///name?sslmode=require&password=${password}`,
    (password) => `///name?PASSWORD=${password}`,
    (password) => `///name?pwd=${password}`,
    (password) => `///name?passwd=${password}`,
    (password) => `///name?sslpassword=${password}`,
    (password) => `///name?pass=${password}`,
    (password) => `///name?pass%77ord=${password}`,
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...schemes),
      fc.constantFrom(...places),
      secret,
      (scheme, place, password) => {
        const said = refusal(`${scheme}:${place(password)}`);
        expect(said, place(password)).toBeDefined();
        expect(said).not.toContain('Hx');
        expect(said).not.toContain('xH');
      },
    ),
    { numRuns: 1000 },
  );
  expect(refusal('redis://:secret@host')).toContain('a password in it');
  expect(refusal('postgresql:///a?password=x')).toContain('a password in it');
});

test.each([
  ['postgresql:///a?hots=x', 'hots is not known'],
  ['mariadb:///a?sockt=x', 'sockt is not known'],
  ['mariadb:///a?host=x', 'host is not known'],
  ['sqlite:///a?mode=ro', 'mode is not known'],
  ['ldap:///?conf=x', 'conf is not known'],
  ['redis://?db=1', 'db is not known'],
  ['postgresql:///a%', 'a % that no two'],
  ['postgresql:///a%4', 'a % that no two'],
  ['postgresql:///a?host=%zz', 'a % that no two'],
  ['postgresql://%4x@/a', 'a % that no two'],
  ['sqlite:///a%00b', '%00 in it'],
  ['sqlite:///', 'names no file'],
  ['sqlite://host/file', 'names no file'],
  ['ldap://host/dc=x', 'names a server'],
  ['redis://localhost/1', 'names a database'],
  ['mongodb:///a', 'no kind of database'],
  ['constructor:///a', 'no kind of database'],
  ['postgresql://a:b:c/d', 'not a URL'],
  ['postgresql://host:port/d', 'not a URL'],
  ['relative/path', 'neither a URL nor'],
  ['', 'neither a URL nor'],
])('%s is refused', (text, why) => {
  expect(refusal(text)).toContain(why);
});

test.each([
  'postgresql:///',
  'postgresql://',
  'postgresql://user@[::1]:5433/a?sslmode=require',
  'postgresql:///a?passfile=/x',
  'mariadb:///?socket=/run/x&defaults-extra-file=/etc/x',
  'redis://user@host:6380?password-file=/x',
  'sqlite:///a%0ab',
  'ldap:///dc=example,dc=org?config=/x',
  '/a/directory',
  '/a/directory/',
])('%s is an item', (text) => {
  expect(refusal(text)).toBeUndefined();
});

test('two names give two files, called as files in a date can be, and short enough for what is appended', () => {
  const long = fc
    .string({ unit: fc.constantFrom('a', 'b', 'é', '%'), minLength: 150, maxLength: 250 })
    .map(fromText);
  const any = fc.oneof(name, long);
  const server = fc.oneof(
    fc.constantFrom('sqlite', 'postgresql'),
    fc.tuple(maybe, maybe).map((where) => serverName('redis', ...where)),
  );
  fc.assert(
    fc.property(server, any, any, (on, one, other) => {
      const [stem, second] = [stemOf(on, one), stemOf(on, other)];
      expect(stem).toMatch(/^[A-Za-z0-9_%-][A-Za-z0-9._%-]*$/);
      expect(stem.length).toBeLessThanOrEqual(180);
      expect(second === stem).toBe(one === other);
      expect(stem).not.toBe(besideStem(on, 'globals'));
      expect(stem.startsWith('databases.json')).toBe(false);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['a longer name with the same start', 'x'.repeat(300), `${'x'.repeat(300)}y`],
  ['a name that is the escape of another one', '.', '%2e'],
  ['a name that is the cut form of another one', 'x'.repeat(300), stemOf('sqlite', 'x'.repeat(300)).slice(7)],
  ['a slash and its code', 'a/b', 'a%2fb'],
  ['letters, small and large', 'app', 'App'],
])('not the same file: %s', (_, one, other) => {
  expect(stemOf('sqlite', one)).not.toBe(stemOf('sqlite', other));
});

test('no name can be that of a file whose name was cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 200, maxLength: 220 }), (long) => {
      const stem = stemOf('sqlite', long).slice('sqlite.'.length);
      const [start, digest] = [stem.slice(0, -32).replace(/%+$/, ''), stem.slice(-32)];
      const byte = String.fromCharCode(Number.parseInt(digest.slice(0, 2), 16));
      for (const other of [start + byte + digest.slice(2), `${start}%${digest}`, `${start}%%${digest}`])
        expect(stemOf('sqlite', other)).not.toBe(stemOf('sqlite', long));
    }),
  );
});

test('two servers give two files', () => {
  const where = fc.tuple(
    fc.constantFrom('redis', 'mariadb'),
    maybe,
    fc.option(fc.nat({ max: 65_535 }), { nil: undefined }),
    name,
  );
  fc.assert(
    fc.property(where, where, ([engine, host, port, database], [engine2, host2, port2, database2]) => {
      const same = engine === engine2 && host === host2 && port === port2 && database === database2;
      const [one, other] = [serverName(engine, host, port), serverName(engine2, host2, port2)];
      expect(stemOf(one, database) === stemOf(other, database2)).toBe(same);
    }),
    {
      numRuns: 2000,
      examples: [
        [
          ['redis', 'a', 1, 'x'],
          ['redis', 'a-1', undefined, 'x'],
        ],
      ],
    },
  );
});

const series: readonly (readonly string[])[] = [
  // automysqlbackup
  [
    'daily/app/app_2026-11-24_06h25m.Tuesday.sql.gz',
    'daily/app/app_2026-11-25_06h25m.Wednesday.sql.gz',
    'weekly/app/app_week.47.2026-11-21_06h25m.sql.gz',
    'monthly/app/app_2026-11-01_06h25m.November.app.sql.gz',
  ],
  [
    'daily/other/other_2026-11-24_06h25m.Tuesday.sql.gz',
    'daily/other/other_2026-11-25_06h25m.Wednesday.sql.gz',
  ],
  // autopostgresqlbackup
  ['daily/shop/shop_2026-11-24_06h25m.Tuesday.sql', 'daily/shop/shop_2026-11-25.sql'],
  // logrotate, savelog
  ['blog.sql', 'blog.sql.1', 'blog.sql.2.gz', 'blog.sql.10.gz'],
  ['wiki.sql.gz', 'wiki.sql.gz.1', 'wiki.sql.gz.2', 'wiki.sql-20261124', 'wiki.sql-20261123.gz'],
  // lines of a crontab
  [
    'db-2026-11-24.dump',
    'db-2026-11-25.dump',
    'db_20261125.dump',
    'db_20261125_0317.dump',
    'db.20261125031700.dump',
    'db-2026-11-25T03:17:00.dump',
    'db-2026-11-25_03-17-00.dump',
    'db-Mon.dump',
    'db-tuesday.dump',
  ],
  ['2026-11-24.sql.gz', '2026-11-25.sql.gz'],
  ['app1.sql'],
  ['app2.sql'],
  ['app_1.sql'],
  ['app_2.sql'],
  ['app-2026.sql'],
  ['app-2025.sql'],
  ['app12345678.sql.gz'],
  ['app10001201.sql'],
  ['app10001202.sql'],
  ['id-3420261124.sql'],
  ['id-3420261125.sql'],
  ['app12345679.sql.gz'],
  ['shop1_2026-11-24.sql', 'shop1_2026-11-25.sql'],
  ['shop2_2026-11-24.sql', 'shop2_2026-11-25.sql'],
  ['monitor.sql'],
  ['sunday.sql'],
  ['db_monday_shop.sql'],
  ['db_friends.sql'],
];
const members = series.flatMap((names, index) => names.map((one) => [one, index] as const));

test('the files of a series are one, and no two series are', () => {
  for (const [one, index] of members)
    for (const [other, index2] of members)
      expect(seriesOf(one) === seriesOf(other), `${one} and ${other}`).toBe(index === index2);
});

test.each([
  ['test_*', 'test_a', 'mariadb', true],
  ['test_*', 'atest_a', 'mariadb', false],
  ['test_*', '.test_a', 'mariadb', false],
  ['*', '.hidden', 'postgresql', true],
  ['mariadb:test_*', 'test_a', 'mariadb', true],
  ['mariadb:test_*', 'test_a', 'postgresql', false],
  ['*.tmp', '/var/lib/x/a.tmp', 'directory', true],
  ['/var/lib/**', '/var/lib/x/a.tmp', 'directory', true],
  ['/var/lib/*', '/var/lib/x/a.tmp', 'directory', false],
  ['app', 'APP', 'mariadb', false],
  ['app', 'app2', 'mariadb', false],
  ['a b', 'a b', 'mariadb', true],
  ['grüße*', 'grüße ☃', 'postgresql', true],
  ['{a,b}', 'b', 'postgresql', true],
  ['a?', 'ab', 'postgresql', true],
  ['two*', 'two\nlines', 'postgresql', true],
  ['redis:///?socket=/run/a/b', 'redis:///?socket=/run/a/b', 'redis', true],
  ['redis:///?socket=/run/a/b', 'redis:///?socket=/run/a/c', 'redis', false],
  ['redis://localhost:6379', 'redis://localhost:6379', 'redis', true],
  ['postgresql:///', 'postgresql:///', 'postgresql', true],
] as const)('--exclude %s of %j, of %s: %s', (pattern, database, engine, is) => {
  expect(exclusion([pattern])(database, engine)).toBe(is);
  expect(exclusion(['nothing', pattern])(database, engine)).toBe(is);
});

test.each(['', 'postgresql:'])('--exclude %j is refused: it has no name', (pattern) => {
  expect(() => exclusion([pattern])).toThrow('no name in it');
});

test.each([
  ['postgresql:///', ['/run/postgresql/.s.PGSQL.5432']],
  ['postgresql:///?port=5433', ['/run/postgresql/.s.PGSQL.5433']],
  ['postgresql://localhost', ['tcp:5432']],
  ['postgresql://db.example.org', []],
  ['postgresql:///?service=app', []],
  ['postgresql:///one', []],
  ['mariadb:///', ['/run/mysqld/mysqld.sock']],
  ['mysql://127.0.0.1:3307', ['tcp:3307']],
  ['mariadb:///one', []],
  ['redis://', ['tcp:6379']],
  ['redis:///?socket=/var/run/redis/s', ['/run/redis/s']],
  ['ldap:///', ['/etc/ldap/slapd.d']],
  ['ldap:///dc=one', []],
  ['sqlite:///a', []],
  ['/a/directory', []],
] as const)('%s is all that there is at %j', (text, addresses) => {
  expect(parseItem(text).covers).toEqual(addresses);
});
