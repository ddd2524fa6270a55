import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from 'test-kit';
import { makeSqlite, sql, sqliteDump, sqliteMoney, startSqliteWriter } from 'test-servers';
import { describe, expect, test } from 'vitest';

describe.each([{ wal: true }, { wal: false }])('a database of SQLite, WAL $wal', (options) => {
  test('has what is hard to copy', async () => {
    const path = join(temporaryDirectory(), 'data.db');
    await makeSqlite(path, options);
    expect(await sql(path, 'PRAGMA journal_mode')).toBe(options.wal ? 'wal\n' : 'delete\n');
    expect(await sql(path, "SELECT count(*) FROM search WHERE search MATCH 'body'")).toBe('501\n');
    expect(await sqliteDump(path)).toMatch(/^42\n252006673\n/);
  });

  test('has a writer, all of whose transactions are whole', async () => {
    const directory = join(temporaryDirectory(), 'a #odd? %41 name');
    mkdirSync(directory);
    const path = join(directory, 'data.db');
    await makeSqlite(path, options);
    const writer = await startSqliteWriter(path);
    expect(await sqliteMoney(path)).toBeGreaterThan(0);
    const { committed, busy } = await writer.stop();
    expect(busy).toBe(0);
    expect(await sqliteMoney(path)).toBe(committed - 1);

    await (await startSqliteWriter(path)).kill();
    expect(await sqliteMoney(path)).toBeGreaterThanOrEqual(committed);
    await sqliteDump(path);
  });
});
