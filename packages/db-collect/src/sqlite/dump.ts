import { chmodSync, chownSync, closeSync, constants, fstatSync, mkdirSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  failure,
  findProgram,
  type Report,
  reason,
  runPipeline,
  type User,
  usageError,
  withScratch,
} from 'command-line';
import { type BytePath, escapePath, toFs } from 'path-stream';
import type { Item } from '../item.ts';
import { readable, stemOf } from '../names.ts';
import { ownerOf } from '../owner.ts';
import type { Pass, Source } from '../source.ts';
import { parseUrl } from '../url.ts';
import { checkCopy, existing, sqlite3 } from './check.ts';

/** A file that is a database of SQLite. */
export function sqliteItem(text: string): Item {
  const { text: item, path, host } = parseUrl(text, []);
  if (path === undefined || host !== undefined)
    throw usageError(escapePath(text), 'names no file', 'sqlite:///path/from/the/root');
  const source = (limits: { timeout: number }, report: Report): Source =>
    sqliteSource(item, `/${path}`, limits, report);
  return {
    text: item,
    engine: 'sqlite',
    covers: [],
    find: (limits, report) => {
      findProgram('sqlite3');
      return { sources: [source(limits, report)], missing: [], excluded: [] };
    },
  };
}

function sqliteSource(
  item: string,
  path: BytePath,
  { timeout }: { timeout: number },
  report: Report,
): Source {
  return {
    engine: 'sqlite',
    item,
    name: readable(path),
    kind: 'database',
    file: `${stemOf('sqlite', path.slice(1))}.sqlite`,
    dump: (pass) =>
      withScratch(tmpdir(), 'hcoop-sqlite', report, async (scratch) => {
        const user = await ownerOf(toFs(path));
        const copy = await copyDatabase(path, scratch, user, timeout);
        const made = await checkCopy(copy, user);
        await readCopy(copy, user, pass);
        const isEmpty = made.rows?.size === 0;
        return isEmpty
          ? { ...made, doubts: [['empty: it has no tables', 'see what ought to write it']] }
          : made;
      }),
  };
}

/**
 * Copies a database by SQLite's own means, from one moment of it, while others write (SQLite, Online Backup API): in a transaction that was
 * begun to read, a write of somebody else does not make the copy start anew. It is done as the owner of the file: it is for nobody else
 * to suffer from what is in it. The copy lies where only that user and root can read it, and goes when it has been sealed.
 */
async function copyDatabase(
  path: BytePath,
  scratch: string,
  user: User | undefined,
  timeout: number,
): Promise<string> {
  const place = join(scratch, 'copy');
  mkdirSync(place, { mode: 0o700 });
  if (user) {
    chmodSync(scratch, 0o711);
    chownSync(place, user.uid, user.gid);
  }
  const copy = join(place, 'database');
  const stage = sqlite3(existing(path), user, [['-cmd', `.timeout ${timeout * 1000}`]]);
  // BEGIN alone takes no lock: the transaction starts with the first look at the database.
  const target = copy.replace(/["\\]/g, '\\$&');
  const script = `BEGIN;\nSELECT count(*) FROM sqlite_schema;\n.backup "${target}"\nCOMMIT;\n`;
  await runPipeline([stage], { input: async (stdin) => void stdin.end(script) });
  return copy;
}

/** What lies there is what SQLite has written as that user: a file of his, and no name for another one. */
async function readCopy(copy: string, user: User | undefined, pass: Pass): Promise<void> {
  let file: number;
  try {
    file = openSync(copy, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw failure(copy, reason(error));
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.nlink !== 1 || stats.uid !== (user?.uid ?? process.getuid?.()))
      throw failure(copy, 'not the file that was made');
    await pass(file);
  } finally {
    closeSync(file);
  }
}
