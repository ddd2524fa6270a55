import { run } from 'test-kit';
import {
  type Mariadb,
  type Postgres,
  type Redis,
  type Slapd,
  startMariadb,
  startPostgres,
  startRedis,
  startSlapd,
} from 'test-servers';

/** What real programs write of small databases with what is hard to tell from it. */
export interface DumpTexts {
  readonly pgDump: Buffer;
  readonly pgDumpall: Buffer;
  /** For pg_restore: pg_dump -Fc. */
  readonly pgArchive: Buffer;
  readonly mariadbDump: Buffer;
  readonly mariadbGlobals: Buffer;
  readonly slapcat: Buffer;
  /** With the mark of a transfer behind it. */
  readonly redisOnTheFly: Buffer;
  /** As the server's own file. */
  readonly redisFile: Buffer;
}

const shared = { untilStopped: true };

export async function makeDumpTexts(): Promise<DumpTexts> {
  const [postgresql, mariadb, slapcat, onTheFly, file] = await Promise.all([
    using(startPostgres(shared), postgresqlTexts),
    using(startMariadb(shared), mariadbTexts),
    using(startSlapd(shared), ldapText),
    using(startRedis({ ...shared, settings: { 'repl-diskless-sync': 'yes' } }), redisText),
    using(startRedis({ ...shared, settings: { 'repl-diskless-sync': 'no' } }), redisText),
  ]);
  return { ...postgresql, ...mariadb, slapcat, redisOnTheFly: onTheFly, redisFile: file };
}

/** Has something done with a server, and ends it: for a hook, which has no end of its own. */
async function using<Server extends { stop(): Promise<void> }, T>(
  started: Promise<Server>,
  use: (server: Server) => Promise<T>,
): Promise<T> {
  const server = await started;
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

async function output(argv: readonly string[], user = 'root'): Promise<Buffer> {
  const ended = await run(['setpriv', '--reuid', user, '--regid', user, '--init-groups', ...argv], {
    cwd: '/',
  });
  if (ended.code !== 0) throw new Error(`${argv.join(' ')}: ${ended.stderr}`);
  return ended.stdout;
}

const looksLikeData = String.raw`
COPY "not"."a table" ("x") FROM stdin;
one
\.
\restrict key
\connect other
-- Data for Name: not; Type: TABLE; Schema: -; Owner: -
--
`;

/** As pg_dump names the tables, and how many rows they have. */
export const postgresqlRows: Readonly<Record<string, number>> = {
  '"public"."plain"': 5,
  '"public"."nothing"': 2,
  '"public"."empty"': 0,
  '"public"."no columns, no rows"': 0,
  '"public"."two\nlines"': 1,
  '"public"."a ""quoted"" (x) FROM stdin;"': 1,
  '"public"."FROM stdin;\nFROM stdin;"': 1,
  '"sch""ema (a)"."grüße ☃"': 1,
  '"public"."long"': 3,
};

async function postgresqlTexts(
  server: Postgres,
): Promise<Pick<DumpTexts, 'pgDump' | 'pgDumpall' | 'pgArchive'>> {
  await server.sql(`CREATE ROLE "some ""one""" PASSWORD 'x'; CREATE DATABASE "a ""b"" 'c' \\ ü"`);
  await server.sql(
    String.raw`
CREATE TABLE plain (t text, n int);
INSERT INTO plain VALUES ('\.', 1), (E'\\\\.\n\\.\n', 2), (E'COPY "x" FROM stdin;', 3), (NULL, NULL), ('-- ', 5);
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE empty (a int);
CREATE TABLE "no columns, no rows" ();
CREATE TABLE "two
lines" ("a
column" text, "b) FROM stdin;" int);
INSERT INTO "two
lines" VALUES ('x', 1);
CREATE TABLE "a ""quoted"" (x) FROM stdin;" ("c""" text);
INSERT INTO "a ""quoted"" (x) FROM stdin;" VALUES ('x');
CREATE TABLE "FROM stdin;
FROM stdin;" ("FROM stdin;
FROM stdin;" text);
INSERT INTO "FROM stdin;
FROM stdin;" VALUES ('x');
CREATE SCHEMA "sch""ema (a)";
CREATE TABLE "sch""ema (a)"."grüße ☃" (a text);
INSERT INTO "sch""ema (a)"."grüße ☃" VALUES ('x');
CREATE TABLE long (t text);
INSERT INTO long SELECT repeat(x, 70000) FROM unnest(ARRAY['x', 'y', ';']) x;
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $f$ SELECT $x$${looksLikeData}$x$ $f$;
COMMENT ON TABLE plain IS $x$${looksLikeData}$x$;`,
    `a "b" 'c' \\ ü`,
  );
  const program = (name: string, ...args: string[]): Promise<Buffer> =>
    output([`${server.programs}/${name}`, '-w', ...args], 'postgres');
  const url = server.url(`a "b" 'c' \\ ü`);
  return {
    pgDump: await program('pg_dump', '--create', '--quote-all-identifiers', '-d', url),
    pgArchive: await program('pg_dump', '-Fc', '-d', url),
    pgDumpall: await program('pg_dumpall', '--globals-only', '-d', server.url('postgres')),
  };
}

/** As mariadb-dump names the tables. */
export const mariadbRows: Readonly<Record<string, number>> = {
  '`plain`': 5,
  '`empty`': 0,
  '`two\nlines`': 1,
  '`a ``quoted`` WRITE;`': 2,
  '``` VALUES`': 1,
  '`grüße ☃`': 1,
  '`long`': 4,
  '`many`': 3000,
};

const statements = `
LOCK TABLES \`not\` WRITE;
INSERT INTO \`not\` VALUES
(1);
UNLOCK TABLES;
`;

async function mariadbTexts(server: Mariadb): Promise<Pick<DumpTexts, 'mariadbDump' | 'mariadbGlobals'>> {
  const name = '`a ``b`` "c"`';
  await server.sql(`
CREATE DATABASE ${name} CHARACTER SET utf8mb4; USE ${name};
CREATE TABLE plain (t text, n int);
INSERT INTO plain VALUES ('UNLOCK TABLES;', 1), ('a\\n);\\nUNLOCK TABLES;', 2), ('${statements.replaceAll('\n', '\\n')}', 3), (NULL, NULL), (');', 5);
CREATE TABLE empty (n int);
CREATE TABLE \`two
lines\` (\`a
column\` int);
INSERT INTO \`two
lines\` VALUES (1);
CREATE TABLE \`a \`\`quoted\`\` WRITE;\` (n int);
INSERT INTO \`a \`\`quoted\`\` WRITE;\` VALUES (1), (2);
CREATE TABLE \`\`\` VALUES\` (n int);
INSERT INTO \`\`\` VALUES\` VALUES (1);
CREATE TABLE \`grüße ☃\` (n int);
INSERT INTO \`grüße ☃\` VALUES (1);
CREATE TABLE \`long\` (t mediumtext, n int);
INSERT INTO \`long\` SELECT repeat(';', 70000 + seq), 1 FROM seq_1_to_4;
CREATE TABLE many (n int, t text);
INSERT INTO many SELECT seq, repeat('x', 500) FROM seq_1_to_3000;
CREATE VIEW v AS SELECT * FROM plain;
DELIMITER //
CREATE TRIGGER t BEFORE INSERT ON empty FOR EACH ROW BEGIN /*
UNLOCK TABLES;
INSERT INTO
*/ SET @x = 1; END//
CREATE PROCEDURE p() BEGIN /*${statements}*/ SELECT 1; END//
DELIMITER ;
`);
  const program = (...args: string[]): Promise<Buffer> =>
    output(['mariadb-dump', '--no-defaults', `--socket=${server.socket}`, ...common, ...args]);
  return {
    mariadbDump: await program('--routines', '--triggers', '--databases', '--', 'a `b` "c"'),
    mariadbGlobals: await program('--insert-ignore', '--system=users,servers,udfs,plugins'),
  };
}

const common = [
  '--single-transaction',
  '--quick',
  '--skip-dump-date',
  '--hex-blob',
  '--default-character-set=utf8mb4',
];

async function ldapText(server: Slapd): Promise<Buffer> {
  await server.fill();
  const args = ['-F', server.configDirectory, '-o', 'ldif-wrap=no', '-g', '-n', '1'];
  return output(['slapcat', ...args], 'openldap');
}

async function redisText(server: Redis): Promise<Buffer> {
  await server.fill();
  return output(['redis-cli', '-s', server.socket, '--rdb', '-']);
}
