import { ChildFailure, captureOutput, type Stage, type User } from 'command-line';
import { type BytePath, fromText } from 'path-stream';
import * as z from 'zod/mini';
import type { Made } from '../source.ts';
import { encodePart } from '../url.ts';

/** A database by its URI, which does not make a new one where there is none. */
export function existing(path: BytePath): string {
  return `file:${path.split('/').map(encodePart).join('/')}?mode=rw`;
}

/** sqlite3 without anybody's settings, that ends at the first error. */
export function sqlite3(
  database: string,
  user: User | undefined,
  more: readonly (readonly string[])[] = [],
): Stage {
  const args = ['-batch', '-bail', '-init', '/dev/null', ...more.flat(), database];
  return { command: 'sqlite3', args, cwd: '/', ...(user && { user }) };
}

/** A name with a zero byte would end the line for sqlite3, in the midst of a query. */
const tablesQuery = `SELECT json_group_array('SELECT json_array(' || quote(name) || ', count(*)) FROM "' || replace(name, '"', '""') || '";')
FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND instr(CAST(name AS BLOB), x'00') = 0;`;

/**
 * Has SQLite check the copy, and counts its rows. Names in it come back in a query: so sqlite3 may do nothing but queries (`-safe`). What
 * cannot be checked is doubtful, and there: an index can need a collation that only its program has.
 */
export async function checkCopy(copy: string, user: User | undefined): Promise<Made> {
  const ask = (query: string): Promise<Buffer> =>
    captureOutput(
      sqlite3(existing(fromText(copy)), user, [['-safe']]),
      async (stdin) => void stdin.end(query),
    );
  const found = await ask('PRAGMA integrity_check(1);\n').then(
    (said) => said.toString().trim(),
    (error: unknown) => {
      if (error instanceof ChildFailure) return `it cannot be checked: ${error.why}`;
      throw error;
    },
  );
  if (found !== 'ok') {
    const why = `damaged: ${found.split('\n', 2).join(' ')}`;
    return { doubts: [[why, 'restore it from an earlier date, or try .recover of sqlite3']] };
  }
  const queries = z.array(z.string()).parse(JSON.parse((await ask(tablesQuery)).toString()));
  const counts = (await ask(queries.join('\n')))
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  const pair = z.tuple([z.string(), z.number()]);
  return { doubts: [], rows: new Map(counts.map((line) => pair.parse(JSON.parse(line)))) };
}
