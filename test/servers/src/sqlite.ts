import { join } from 'node:path';
import { type Ended, start } from 'test-kit';
import { onTestFinished } from 'vitest';
import { asUser, describe, succeed } from './own-process.ts';

export interface SqliteOptions {
  /** In WAL mode, else with a rollback journal. */
  readonly wal: boolean;
}

/** Makes a database with what is hard to copy: odd names, blobs, views, triggers, a full-text index, numbers of its own. */
export async function makeSqlite(path: string, { wal }: SqliteOptions): Promise<void> {
  await sql(path, `PRAGMA journal_mode = ${wal ? 'WAL' : 'DELETE'}; ${content}`);
}

/** What SQL prints, as the sqlite3 command prints it; it waits for locks. */
export async function sql(path: string, text: string): Promise<string> {
  return (
    await succeed(['sqlite3', '-batch', '-bail', '-init', '/dev/null', '-cmd', '.timeout 10000', path], text)
  ).toString();
}

/** All that is in a database, as SQL; it throws where the database is damaged. */
export async function sqliteDump(path: string): Promise<string> {
  const check = await sql(path, 'PRAGMA integrity_check;');
  if (check !== 'ok\n') throw new Error(`${path} is damaged: ${check}`);
  return await sql(path, 'PRAGMA user_version; PRAGMA application_id;\n.dump');
}

export interface SqliteWriterOptions {
  /** The operating system user as whom it runs; the test's own without it. */
  readonly user?: string;
  /** For how many milliseconds it waits for a lock, before it counts a failure and goes on; 10000 without it. */
  readonly busyTimeout?: number;
}

/** What a writer did. */
export interface Written {
  /** How many transactions it committed. */
  readonly committed: number;
  /** How often it was told that the database is locked. */
  readonly busy: number;
  /** The longest time, in milliseconds, that a transaction took. */
  readonly slowest: number;
}

/** A process that commits one transaction after the other. */
export interface SqliteWriter {
  readonly pid: number;
  /** Ends it between two transactions. */
  stop(): Promise<Written>;
  /** Ends it without a warning: it leaves a hot journal, if in the midst of a transaction. */
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

const writer = join(import.meta.dirname, 'sqlite-writer.pl');

/**
 * Starts a writer, which has committed once when this returns, and ends with the test. It moves money between two tables,
 * and writes a log; sqliteMoney checks what is to be true at any time.
 */
export async function startSqliteWriter(
  path: string,
  { user, busyTimeout = 10_000 }: SqliteWriterOptions = {},
): Promise<SqliteWriter> {
  const program = ['perl', writer, path, String(busyTimeout)];
  const argv = user === undefined ? program : asUser(user, program);
  const { child, ended } = start(argv, { keepOpen: true });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  const fail = (how: Ended): never => {
    throw new Error(describe(argv, how));
  };
  await Promise.race([new Promise((resolve) => child.stdout?.once('data', resolve)), ended.then(fail)]);
  return {
    pid: child.pid ?? 0,
    kill,
    signal: (signal) => void child.kill(signal),
    stop: async () => {
      child.stdin?.end();
      const how = await ended;
      const counts = /^committed (\d+) busy (\d+) slowest (\d+)$/m.exec(how.stdout.toString());
      if (how.code !== 0 || counts === null) return fail(how);
      return { committed: Number(counts[1]), busy: Number(counts[2]), slowest: Number(counts[3]) };
    },
  };
}

/** The number of the last transaction of a writer; it throws where not all of the transactions before are there. */
export async function sqliteMoney(path: string): Promise<number> {
  const found = await sql(
    path,
    `SELECT (SELECT sum(balance) FROM savings) + (SELECT sum(balance) FROM checking), (SELECT sum(balance) FROM checking),
            1000000 + ifnull(sum(moved), 0), count(*), ifnull(max(number), 0) FROM log;`,
  );
  const [total, checking, expected, count, last] = found.trim().split('|');
  if (total !== '2000000' || checking !== expected || count !== last)
    throw new Error(`${path} is not what a transaction left: ${found}`);
  return Number(last);
}

const content = `
PRAGMA user_version = 42;
PRAGMA application_id = 252006673;
CREATE TABLE plain (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT, blob BLOB, real REAL);
CREATE TABLE "a ""quoted"" [name]; -- ' (x" ("a column" TEXT, "größe" INT DEFAULT 3);
CREATE TABLE "日本語
two lines" (x);
CREATE TABLE "no rowid" (a TEXT, b INT, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE strict (a INT, b ANY) STRICT;
CREATE INDEX "an index" ON plain (text COLLATE NOCASE) WHERE real > 0;
CREATE VIEW "a view" AS SELECT text, length(blob) AS size FROM plain;
CREATE TRIGGER "a trigger" AFTER INSERT ON strict BEGIN INSERT INTO "no rowid" VALUES (new.b, new.a); END;
CREATE VIRTUAL TABLE search USING fts5 (title, body);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
  INSERT INTO plain (text, blob, real) SELECT 'text ' || i, CAST(printf('%.*c', i, 'x') AS BLOB) || x'00ff', i / 7.0 FROM n;
INSERT INTO plain (text, blob, real) VALUES ('NUL: ' || char(0) || ' after', x'0001fe00ff', 9e999), (NULL, zeroblob(100000), -0.0);
INSERT INTO "a ""quoted"" [name]; -- ' (x" VALUES ('it''s', NULL);
INSERT INTO "日本語
two lines" VALUES ('一');
INSERT INTO strict VALUES (1, 'one'), (2, 'two');
INSERT INTO search SELECT text, 'body of ' || text FROM plain WHERE text IS NOT NULL;
DELETE FROM plain WHERE id % 3 = 0;
`;
