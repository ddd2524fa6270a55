import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { errorCode, failure, type Report, reason, usageError } from 'command-line';
import { type BytePath, escapePath, toFs, withoutSlash } from 'path-stream';
import type { Found, Item, Limits } from '../item.ts';
import { readable, serverName, stemOf } from '../names.ts';
import type { Doubt, Made, Pass, Source } from '../source.ts';
import { doubtsOfContent } from './content.ts';
import { seriesOf } from './series.ts';
import { type FileId, filesBeingWritten, idOf } from './writers.ts';

/** A directory of dumps that somebody else makes: every file in it, and below it, is taken over as it is. */
export function directoryItem(text: BytePath): Item {
  const directory = withoutSlash(text);
  if (!directory.startsWith('/'))
    throw usageError(escapePath(text), 'neither a URL nor a path from the root');
  return {
    text: readable(directory),
    engine: 'directory',
    covers: [],
    find: (limits, report) => findFiles(directory, limits, report),
  };
}

function findFiles(given: BytePath, limits: Limits, report: Report): Found {
  const directory = withoutLinks(given);
  const missing: string[] = [];
  const lose = (path: BytePath, why: string, hint?: string): void => {
    report.loss(escapePath(path), why, hint);
    missing.push(readable(path));
  };
  const files = filesBelow(directory, lose);
  const excluded = files.filter(({ name }) => limits.isExcluded(readable(name), 'directory'));
  const wanted = files.filter((file) => !excluded.includes(file));
  if (wanted.length === 0) {
    const why = files.length > 0 ? 'every file in it is excluded' : 'there is no dump in it';
    throw failure(escapePath(directory), why, 'see what ought to write there');
  }
  const newest = new Map<string, number>();
  for (const { name, mtime } of files) {
    const series = seriesOf(name);
    newest.set(series, Math.max(mtime, newest.get(series) ?? 0));
  }
  const written = filesBeingWritten();
  const sources = wanted.map((file) => {
    const age = Date.now() - (newest.get(seriesOf(file.name)) ?? 0);
    const isStale = limits.stale > 0 && age > limits.stale * 3600_000;
    const doubts: Doubt[] = [
      ...(isStale ? [staleness(age)] : []),
      ...(written.has(file.id) ? [['somebody has it open for writing: not finished yet'] as const] : []),
    ];
    return fileSource(given, file, doubts);
  });
  return { sources, missing, excluded: excluded.map(({ name }) => readable(name)) };
}

/** The directory itself may be reached by links. */
function withoutLinks(directory: BytePath): BytePath {
  try {
    return realpathSync(toFs(directory), { encoding: 'latin1' });
  } catch (error) {
    throw failure(escapePath(directory), reason(error));
  }
}

function staleness(age: number): Doubt {
  const hours = Math.floor(age / 3600_000);
  const told = hours < 96 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
  return [
    `stale: the newest of its series is ${told} old`,
    'see what ought to write it, or remove it; --stale says how old is too old',
  ];
}

interface Entry {
  /** Relative to the directory. */
  readonly name: BytePath;
  readonly path: BytePath;
  readonly mtime: number;
  readonly id: FileId;
}

/** All regular files, in the order of their names. What is neither that nor a directory is a loss, but links to files that are here anyway. */
function filesBelow(
  directory: BytePath,
  lose: (path: BytePath, why: string, hint?: string) => void,
): Entry[] {
  const entries: Entry[] = [];
  const links: BytePath[] = [];
  const walk = (below: BytePath): void => {
    const at = below === '' ? directory : `${directory}/${below}`;
    for (const entry of listDirectory(at, below === '', lose)) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      const path = `${directory}/${name}`;
      if (entry.isDirectory()) walk(name);
      else if (entry.isSymbolicLink()) links.push(path);
      else if (!entry.isFile()) lose(path, 'neither a file nor a directory');
      else {
        const stats = lstatSync(toFs(path), { throwIfNoEntry: false, bigint: true });
        if (stats === undefined) lose(path, 'vanished while the directory was read');
        else entries.push({ name, path, mtime: Number(stats.mtimeMs), id: idOf(stats) });
      }
    }
  };
  walk('');
  for (const path of links)
    lose(path, 'a symbolic link: links are not followed', 'name what it leads to as well, or --exclude it');
  return entries;
}

function listDirectory(
  path: BytePath,
  isRoot: boolean,
  lose: (path: BytePath, why: string) => void,
): Pick<Dirent<BytePath>, 'name' | 'isFile' | 'isDirectory' | 'isSymbolicLink'>[] {
  try {
    const entries = readdirSync(toFs(path), { withFileTypes: true, encoding: 'latin1' });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isRoot) throw failure(escapePath(path), reason(error));
    lose(path, reason(error));
    return [];
  }
}

/** One file. It is read without following a link, from its start to its end; then it must be as it was. */
function fileSource(directory: BytePath, { name, path }: Entry, doubts: readonly Doubt[]): Source {
  const dump = async (pass: Pass): Promise<Made> => {
    const file = openFile(path);
    try {
      if (whereIs(file) !== path) throw failure(escapePath(path), 'a link is in its path now');
      const before = fstatSync(file, { bigint: true });
      await pass(file);
      const found: Doubt[] = [...doubts];
      if (before.size === 0n) found.push(['empty', 'see what ought to write it']);
      else found.push(...(await doubtsOfContent(file, name)));
      const after = fstatSync(file, { bigint: true });
      if (after.size !== before.size || after.mtimeNs !== before.mtimeNs)
        found.push(['changed while it was read: not finished yet']);
      return { doubts: found };
    } finally {
      closeSync(file);
    }
  };
  return {
    engine: 'directory',
    item: readable(directory),
    name: readable(`${directory}/${name}`),
    kind: 'file',
    file: stemOf(serverName('directory', directory.replace(/^\/+/, '')), name),
    dump,
  };
}

/** The path of an open file, without links (proc(5), fd). */
function whereIs(file: number): BytePath {
  return readlinkSync(`/proc/self/fd/${file}`, { encoding: 'latin1' });
}

function openFile(path: BytePath): number {
  try {
    const file = openSync(toFs(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
  } catch (error) {
    throw failure(escapePath(path), errorCode(error) === 'ELOOP' ? 'a symbolic link now' : reason(error));
  }
  throw failure(escapePath(path), 'not a regular file any more');
}
