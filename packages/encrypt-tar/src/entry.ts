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
  /** The first path of the same inode: in the archive, this one is a hard link to it. */
  readonly link?: BytePath;
  readonly archive: string;
}

/** The first path seen of each inode that has several. */
export type Links = Map<string, BytePath>;

/** Reads a path's entry (lstat); 'socket' for what no archive can hold. Throws what lstat throws. */
export function readEntry(path: BytePath, archive: string, links: Links): Entry | 'socket' {
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
    ...linkOf(path, type, stats, links),
    ...(type === 'symlink' && { target: readlinkSync(toFs(path), 'latin1') }),
    archive,
  };
}

function linkOf(path: BytePath, type: EntryType, stats: BigIntStats, links: Links): { link?: BytePath } {
  if (type === 'directory' || stats.nlink === 1n) return {};
  const inode = `${stats.dev}:${stats.ino}`;
  const first = links.get(inode);
  if (first === undefined) links.set(inode, path);
  return first === undefined ? {} : { link: first };
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

const byteFields = ['path', 'target', 'link'] as const;
type Json = { [key: string]: unknown };

/** A line of the index. Bytes that are not UTF-8 stand in base64, under a key that says so. */
export function formatRecord(record: Entry | Remark): BytePath {
  const json: Json = {};
  for (const [key, value] of Object.entries(record)) {
    if (!isByteField(key)) json[key] = value;
    else {
      const text = toText(value);
      if (text !== undefined) json[key] = text;
      else json[`${key}Base64`] = Buffer.from(value, 'latin1').toString('base64');
    }
  }
  return fromText(JSON.stringify(json));
}

/** Reads a line of the index back. The index is authenticated, so its form is taken as written. */
export function parseRecord(line: BytePath): Entry | Remark {
  const json = JSON.parse(Buffer.from(line, 'latin1').toString('utf8')) as Json;
  for (const key of byteFields) {
    const { [key]: text, [`${key}Base64`]: encoded } = json;
    if (typeof text === 'string') json[key] = fromText(text);
    if (typeof encoded !== 'string') continue;
    json[key] = Buffer.from(encoded, 'base64').toString('latin1');
    delete json[`${key}Base64`];
  }
  return json as unknown as Entry | Remark;
}

function isByteField(key: string): boolean {
  return (byteFields as readonly string[]).includes(key);
}
