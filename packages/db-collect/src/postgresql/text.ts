import { createHash } from 'node:crypto';
import { Ends, type Findings, type Form, type Inspector } from '../inspector.ts';
import { Lines } from '../lines.ts';
import { SqlText } from './sql-text.ts';

/** The key that restricts psql (pg_dump(1), --restrict-key): since 2025, it is in the first line that is neither empty nor a comment. */
const keyPattern = /^(?:(?:--[^\n]*)?\n)*\\restrict (\w+)\n/;

/** How pg_dump writes a database: where it restricts psql, the last line takes that back. */
export const databaseForm: Form = {
  what: 'a dump by pg_dump',
  start: /^--\n-- PostgreSQL database dump\n--\n/,
  end: (start) => {
    const key = keyPattern.exec(start)?.[1];
    const last = key === undefined ? '' : `\\\\unrestrict ${key}\\n\\n`;
    return new RegExp(`\\n--\\n-- PostgreSQL database dump complete\\n--\\n\\n${last}$`);
  },
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
  /** Whether the line that was asked about began within a string, a name, or a body: whatever it looks like, it is that. */
  isText = false;
  readonly #text = new SqlText();
  /** Between the comment that announces the data of a table and those data; a name may have newlines in it. */
  #header: string | undefined;
  /** Whether the header has come to within a name. */
  #isQuoted = false;
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
    this.isText = this.#text.isInside;
    this.#text.read(buffer, from, to);
    if (this.#header !== undefined)
      this.#header = this.#readHeader(this.#header, buffer.toString('utf8', from, to));
    else if (!this.isText && isDataComment(buffer, from, to)) this.#header = '';
    return false;
  }

  /** Returns the header as it is with one more line; undefined where it has come to its end, or is none. */
  #readHeader(before: string, line: string): string | undefined {
    if (before === '' && (line === '' || line === '--')) return '';
    if (before === '' && !line.startsWith('COPY ')) return undefined;
    const header = before === '' ? line : `${before}\n${line}`;
    this.#isQuoted = (before !== '' && this.#isQuoted) !== hasOddQuotes(line);
    if (this.#isQuoted) return header.length < longestHeader ? header : undefined;
    this.#table = tableOf(header);
    this.#count = 0;
    return undefined;
  }
}

/**
 * Looks at what pg_dump writes as text: counts the rows that it copies, and leaves out of the digest the lines with the key that restricts
 * psql, which is another one each time. A text in the database may look like such a line, but does not have that key.
 */
export class PostgresqlInspector implements Inspector {
  readonly #ends: Ends;
  readonly #hash = createHash('sha256');
  readonly #tracker = new CopyTracker();
  readonly #lines = new Lines(
    (buffer, from, to) => {
      this.#tracker.isRow(buffer, from, to);
      return this.#isKey(buffer, from, to) ? 'drop' : 'keep';
    },
    (piece) => this.#hash.update(piece),
  );
  /** Whether nothing but comments has come yet. */
  #isHead = true;
  #keyLines: readonly Buffer[] = [];

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
    if (this.#isHead && to > from)
      this.#readHead(buffer.toString('latin1', from, Math.min(to, from + longestKeyLine)));
    if (buffer[from] !== backslash) return false;
    return this.#keyLines.some(
      (line) => to - from === line.length && buffer.compare(line, 0, line.length, from, to) === 0,
    );
  }

  #readHead(line: string): void {
    if (line.startsWith('--')) return;
    this.#isHead = false;
    const key = /^\\restrict (\w+)$/.exec(line)?.[1];
    if (key !== undefined)
      this.#keyLines = ['restrict', 'unrestrict'].map((word) => Buffer.from(`\\${word} ${key}`));
  }
}

const longestKeyLine = 256;

const mark = Buffer.from('-- Data for Name: ');

function isDataComment(buffer: Buffer, from: number, to: number): boolean {
  return (
    to - from > mark.length &&
    buffer.compare(mark, 0, mark.length, from, from + mark.length) === 0 &&
    / Type: TABLE DATA;/.test(buffer.toString('latin1', from, to))
  );
}

/** Whether it has one end of a name more than the other; a doubled quote is both. */
function hasOddQuotes(line: string): boolean {
  let isOdd = false;
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) isOdd = !isOdd;
  return isOdd;
}

/** The table of a whole `COPY table (columns) FROM stdin;`, as SQL names it. A doubled quote is read as the end of a name and the start of one. */
function tableOf(header: string): string | undefined {
  return /^COPY ((?:"[^"]*"|[^" (])+) (?:\((?:"[^"]*"|[^")])*\))? FROM stdin;$/.exec(header)?.[1];
}
