import { createHash } from 'node:crypto';
import { Ends, type Findings, type Form, type Inspector } from '../inspector.ts';
import { Lines } from '../lines.ts';

/** How pg_dump writes a database; since 2025, a line follows the last one that takes psql's restriction back. */
export const databaseForm: Form = {
  what: 'a dump by pg_dump',
  start: /^--\n-- PostgreSQL database dump\n--\n/,
  end: /\n--\n-- PostgreSQL database dump complete\n--\n\n(?:\\unrestrict \w+\n\n)?$/,
};

/** How pg_dumpall writes what is no database's own. */
export const globalsForm: Form = {
  what: 'a dump by pg_dumpall',
  start: /^--\n-- PostgreSQL database cluster dump\n--\n/,
  end: /\n--\n-- PostgreSQL database cluster dump complete\n--\n\n$/,
};

/** As SQL names it: pg_dump was told to quote every name. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The name of a database that pg_dump cannot write into a script, for psql would not read it, has a newline in it. */
export function dumpCreates(name: string): boolean {
  return !/[\n\r]/.test(name);
}

/** Of a table with the most columns, each with the longest name: in bytes. */
const longestHeader = 1 << 20;

const backslash = 0x5c;
const dot = 0x2e;

/** Tells the lines of a dump that are rows of a table from those that are SQL: `COPY … FROM stdin;` announces them, `\.` ends them. */
export class CopyTracker {
  readonly rows = new Map<string, number>();
  /** Between the comment that announces the data of a table and those data; a name may have newlines in it. */
  #header: string | undefined;
  #table: string | undefined;
  #count = 0;

  /** Whether the next line belongs to rows. */
  isRow(buffer: Buffer, from: number, to: number): boolean {
    if (this.#table !== undefined) {
      if (to - from !== 2 || buffer[from] !== backslash || buffer[from + 1] !== dot) this.#count += 1;
      else {
        this.rows.set(this.#table, this.#count);
        this.#table = undefined;
      }
      return true;
    }
    if (this.#header !== undefined)
      this.#header = this.#readHeader(this.#header, buffer.toString('utf8', from, to));
    else if (isDataComment(buffer, from, to)) this.#header = '';
    return false;
  }

  /** Returns the header as it is with one more line; undefined where it has come to its end, or is none. */
  #readHeader(before: string, line: string): string | undefined {
    if (before === '' && (line === '' || line === '--')) return '';
    if (before === '' && !line.startsWith('COPY ')) return undefined;
    const header = before === '' ? line : `${before}\n${line}`;
    this.#table = line.endsWith('FROM stdin;') ? tableOf(header) : undefined;
    this.#count = 0;
    return this.#table === undefined && header.length < longestHeader ? header : undefined;
  }
}

/**
 * Looks at what pg_dump writes as text: counts the rows that it copies, and leaves out of the digest the key that restricts psql, which
 * is another one each time (pg_dump(1), --restrict-key).
 */
export class PostgresqlInspector implements Inspector {
  readonly #ends: Ends;
  readonly #hash = createHash('sha256');
  readonly #tracker = new CopyTracker();
  readonly #lines = new Lines(
    (buffer, from, to) => (this.#isKey(buffer, from, to) ? 'drop' : 'keep'),
    (piece) => this.#hash.update(piece),
  );

  constructor(form: Form) {
    this.#ends = new Ends(form);
  }

  pass(chunk: Buffer): void {
    this.#ends.pass(chunk);
    this.#lines.pass(chunk);
  }

  finish(): Findings {
    this.#ends.finish();
    this.#lines.finish();
    return { bytes: this.#ends.bytes, sha256: this.#hash.digest('hex'), rows: this.#tracker.rows };
  }

  #isKey(buffer: Buffer, from: number, to: number): boolean {
    if (this.#tracker.isRow(buffer, from, to) || buffer[from] !== backslash) return false;
    return /^\\(?:un)?restrict /.test(buffer.toString('latin1', from, Math.min(to, from + 16)));
  }
}

const mark = Buffer.from('-- Data for Name: ');

function isDataComment(buffer: Buffer, from: number, to: number): boolean {
  return (
    to - from > mark.length &&
    buffer.compare(mark, 0, mark.length, from, from + mark.length) === 0 &&
    / Type: TABLE DATA;/.test(buffer.toString('latin1', from, to))
  );
}

/** The table of a whole `COPY table (columns) FROM stdin;`, as SQL names it. A doubled quote is read as the end of a name and the start of one. */
function tableOf(header: string): string | undefined {
  return /^COPY ((?:"[^"]*"|[^" (])+) (?:\((?:"[^"]*"|[^")])*\))? FROM stdin;$/.exec(header)?.[1];
}
