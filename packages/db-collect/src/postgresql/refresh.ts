import type { Transform } from 'node:stream';
import { escapePath } from 'path-stream';
import { rewriting } from '../rewriting.ts';
import { CopyTracker } from './text.ts';

/** What fills a materialized view. */
export interface Refresh {
  /** As SQL names it, escaped for a terminal. */
  readonly view: string;
  /** For psql: with the encoding of the dump, in which the name stands. */
  readonly script: Buffer;
}

/** As pg_dump has psql read a dump: names are found nowhere but where they say. */
const searchPath = `SELECT pg_catalog.set_config('search_path', '', false) \\g /dev/null\n`;

/**
 * Takes the statements that fill materialized views out of a dump, and puts them into `refreshes`, in their order. One whose name has a newline
 * stays.
 */
export function withoutRefreshes(refreshes: Refresh[]): Transform {
  let encoding = '';
  return rewriting(new CopyTracker(), ['SET client_encoding = ', 'REFRESH MATERIALIZED VIEW '], (line) => {
    if (line.startsWith('SET')) {
      encoding ||= line;
      return undefined;
    }
    const view = /^REFRESH MATERIALIZED VIEW (.*);$/.exec(line)?.[1];
    if (view === undefined) return undefined;
    const script = Buffer.from(`${encoding}\n${searchPath}${line}\n`, 'latin1');
    refreshes.push({ view: escapePath(view), script });
    return '';
  });
}
