import { type BigIntStats, lstatSync, readlinkSync } from 'node:fs';
import { type BytePath, fromText, toFs, toText, withSlash } from 'path-stream';

export type EntryType = 'file' | 'directory' | 'symlink' | 'fifo' | 'char' | 'block';

/** One path of the index: what was in the file system when it was packed. */
export interface Entry {
  /** From `/`; a directory ends in a slash. */
  readonly path: BytePath;
  readonly type: EntryType;
  readonly size: number;
  /** Seconds since the epoch, with nine decimals. */
  readonly mtime: string;
  /** The permission bits, octal. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly target?: BytePath;
  readonly archive: string;
}

/** Reads a path's entry (lstat); 'socket' for what no archive can hold. Throws what lstat throws. */
export function readEntry(path: BytePath, archive: string): Entry | 'socket' {
  const stats = lstatSync(toFs(path), { bigint: true });
  const type = typeOf(stats);
  if (type === 'socket') return 'socket';
  return {
    path: type === 'directory' ? withSlash(path) : path,
    type,
    size: type === 'file' ? Number(stats.size) : 0,
    mtime: seconds(stats.mtimeNs),
    mode: (stats.mode & 0o7777n).toString(8).padStart(4, '0'),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    ...(type === 'symlink' && { target: readlinkSync(toFs(path), 'latin1') }),
    archive,
  };
}

function typeOf(stats: BigIntStats): EntryType | 'socket' {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isCharacterDevice()) return 'char';
  return stats.isBlockDevice() ? 'block' : 'socket';
}

/** Nanoseconds as a decimal number of seconds, rounded down to the second for what lies before 1970. */
function seconds(ns: bigint): string {
  const billion = 1_000_000_000n;
  const rest = ((ns % billion) + billion) % billion;
  return `${(ns - rest) / billion}.${rest.toString().padStart(9, '0')}`;
}

/** What happened to a path after its entry was written. */
export interface Remark {
  readonly path: BytePath;
  readonly remark: 'vanished' | 'changed' | 'lost';
}

type JsonPath = { path?: string; pathBase64?: string; target?: string; targetBase64?: string };

/** A line of the index. Bytes that are not UTF-8 stand in base64, under another key. */
export function formatRecord(record: Entry | Remark): BytePath {
  const { path, ...rest } = record;
  const target = 'target' in rest && rest.target !== undefined ? json('target', rest.target) : {};
  return fromText(JSON.stringify({ ...json('path', path), ...rest, ...target }));
}

function json(key: 'path' | 'target', bytes: BytePath): JsonPath {
  const text = toText(bytes);
  if (text !== undefined) return { [key]: text };
  return { [key]: undefined, [`${key}Base64`]: Buffer.from(bytes, 'latin1').toString('base64') };
}

/** Reads a line of the index back. The index is authenticated, so its form is taken as written. */
export function parseRecord(line: BytePath): Entry | Remark {
  const record = JSON.parse(Buffer.from(line, 'latin1').toString('utf8')) as JsonPath & (Entry | Remark);
  const { pathBase64, targetBase64, ...rest } = record;
  const target =
    targetBase64 === undefined ? record.target : Buffer.from(targetBase64, 'base64').toString('latin1');
  const path =
    pathBase64 === undefined ? fromText(record.path) : Buffer.from(pathBase64, 'base64').toString('latin1');
  const text = targetBase64 === undefined && target !== undefined ? fromText(target) : target;
  return { ...rest, path, ...(text !== undefined && { target: text }) } as Entry | Remark;
}
