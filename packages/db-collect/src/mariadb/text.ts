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
const statementPattern = /^(?:LOCK TABLES ((?:`[^`]*`)+) WRITE;|INSERT INTO (?:`[^`]*`)+ VALUES)$/;
const longestEnd = 10;
/** Names have 64 characters at most. */
const longestStatement = 4096;

/** Tells the lines of a dump that are rows from those that are statements: mariadb-dump has a row on each line, and mysqldump does not. */
export class InsertTracker {
  readonly rows = new Map<string, number>();
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
    if (this.#statement !== undefined) this.#read(`${this.#statement}\n${buffer.toString('utf8', from, to)}`);
    else if (startsWith(buffer, from, to, this.#table === undefined ? lock : insert))
      this.#read(buffer.toString('utf8', from, to));
    else if (this.#table !== undefined && startsWith(buffer, from, to, unlock)) {
      this.rows.set(this.#table, this.#count);
      [this.#table, this.#count] = [undefined, 0];
    }
    return false;
  }

  #read(statement: string): void {
    // With newlines in a name, it has many lines; that it has no end, it can only have where it is something else.
    const isEnd = /(?: WRITE;|` VALUES)$/.test(statement.slice(-longestEnd));
    const ended = isEnd ? statementPattern.exec(statement) : null;
    this.#statement = ended || statement.length > longestStatement ? undefined : statement;
    if (ended === null) return;
    if (ended[1] === undefined) this.#inRows = true;
    else this.#table = ended[1];
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

const lock = Buffer.from('LOCK TABLES `');
const insert = Buffer.from('INSERT INTO `');
const unlock = Buffer.from('UNLOCK TABLES;');

function startsWith(buffer: Buffer, from: number, to: number, start: Buffer): boolean {
  return to - from >= start.length && buffer.compare(start, 0, start.length, from, from + start.length) === 0;
}
