import { createHash } from 'node:crypto';
import { Ends, type Findings, type Form, type Inspector } from '../inspector.ts';
import { Lines } from '../lines.ts';

/** How mariadb-dump, or mysqldump, writes a database; newer ones first tell old clients what to do (a comment to the server). */
export const dumpForm: Form = {
  what: 'a dump by mariadb-dump',
  start: /^(?:\/\*M?!999999[^\n]*\n)?-- (?:MariaDB|MySQL) dump /,
  end: /\n-- Dump completed(?: on [\d: -]+)?\n$/,
};

const semicolon = 0x3b;

/** A doubled backquote is read as the end of a name and the start of one. */
const lockPattern = /^LOCK TABLES ((?:`[^`]*`)+) WRITE;$/;
/** Where a table has columns that have to be named, the first row is on the same line. */
const insertPattern = /^INSERT INTO (?:`[^`]*`)+(?: \((?:`[^`]*`|[^`)])*\))? VALUES(?:$|( )\()/;
/** Names have 64 characters at most; with many columns, a row begins later, and is not counted. */
const longestStatement = 1 << 16;

/** Tells the lines of a dump that are rows from those that are statements: mariadb-dump has a row on each line, and mysqldump does not. */
export class InsertTracker {
  readonly rows = new Map<string, number>();
  /** Whether the line that was asked about is in the body of a routine, an event or a trigger: whatever it looks like, it is that. */
  isText = false;
  /** Between `DELIMITER ;;` and `DELIMITER ;`. */
  #isBody = false;
  /** The table whose data come; between the statements that lock and unlock it. */
  #table: string | undefined;
  /** A statement whose end has not come yet: a name may have newlines in it. */
  #statement: string | undefined;
  #inRows = false;
  #count = 0;

  /** Whether the next line is a row. */
  isRow(buffer: Buffer, from: number, to: number): boolean {
    if (this.#inRows) {
      this.#count += 1;
      this.#inRows = buffer[to - 1] !== semicolon;
      return true;
    }
    this.isText = this.#isBody && !startsWith(buffer, from, to, delimiter);
    if (startsWith(buffer, from, to, delimiter)) this.#isBody = to - from > delimiter.length + 1;
    if (this.isText) return false;
    if (this.#table !== undefined && startsWith(buffer, from, to, unlock)) {
      this.rows.set(this.#table, this.#count);
      [this.#table, this.#count, this.#statement] = [undefined, 0, undefined];
      return false;
    }
    const before = this.#statement === undefined ? '' : `${this.#statement}\n`;
    if (before !== '' || startsWith(buffer, from, to, this.#table === undefined ? lock : insert)) {
      const line = buffer.toString('utf8', from, Math.min(to, from + longestStatement));
      this.#read(before, line, buffer[to - 1] === semicolon);
    }
    return false;
  }

  /** With newlines in a name, it has many lines. */
  #read(before: string, line: string, isLast: boolean): void {
    const statement = before + line;
    const isEnd = / WRITE;$| VALUES(?:$| \()/.test(line);
    const table = isEnd ? lockPattern.exec(statement)?.[1] : undefined;
    const insertion = isEnd ? insertPattern.exec(statement) : null;
    const isKnown = table !== undefined || insertion !== null || statement.length > longestStatement;
    this.#statement = isKnown ? undefined : statement;
    if (table !== undefined) this.#table = table;
    if (insertion === null) return;
    const hasRow = insertion[1] !== undefined;
    if (hasRow) this.#count += 1;
    this.#inRows = !(hasRow && isLast);
  }
}

/** Looks at what mariadb-dump writes, and counts the rows that it inserts. */
export class MariadbInspector implements Inspector {
  readonly #ends = new Ends(dumpForm);
  readonly #hash = createHash('sha256');
  readonly #tracker = new InsertTracker();
  readonly #countsRows: boolean;
  readonly #lines = new Lines(
    (buffer, from, to) => {
      if (this.#countsRows) this.#tracker.isRow(buffer, from, to);
      return 'keep';
    },
    (piece) => this.#hash.update(piece),
  );

  constructor({ countsRows }: { countsRows: boolean }) {
    this.#countsRows = countsRows;
  }

  pass(chunk: Buffer): void {
    this.#ends.pass(chunk);
    this.#lines.pass(chunk);
  }

  finish(): Findings {
    this.#ends.finish();
    this.#lines.finish();
    const rows = this.#countsRows ? this.#tracker.rows : undefined;
    return { bytes: this.#ends.bytes, sha256: this.#hash.digest('hex'), rows };
  }
}

const delimiter = Buffer.from('DELIMITER ');
const lock = Buffer.from('LOCK TABLES `');
const insert = Buffer.from('INSERT INTO `');
const unlock = Buffer.from('UNLOCK TABLES;');

function startsWith(buffer: Buffer, from: number, to: number, start: Buffer): boolean {
  return to - from >= start.length && buffer.compare(start, 0, start.length, from, from + start.length) === 0;
}
