import { failure } from 'command-line';
import { type BytePath, fromText, toText } from 'path-stream';

import { nineDecimals } from './seconds.ts';
import type { Header } from './tar-stream.ts';

export type EntryType = 'file' | 'directory' | 'symlink' | 'fifo' | 'char' | 'block';

/** One path of an archive, as the archive has it: a record of the index. */
export interface Entry {
  /** From `/`; a directory ends in a slash. */
  readonly path: BytePath;
  /** `link`: a hard link, to `link`. */
  readonly type: EntryType | 'link';
  readonly size: number;
  /** Seconds since the epoch, with nine decimals. */
  readonly mtime: string;
  /** The permission bits, octal. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** Of a symbolic link. */
  readonly target?: BytePath;
  /** A path before this one in the same archive that is the same inode: this one is a hard link to it. */
  readonly link?: BytePath;
  /** SHA-256 of the content of a file, in hexadecimal; none of a hard link, nor where large holes were not read. */
  readonly sha256?: string;
  readonly archive: string;
}

/** After the entries: of a path among them that changed while it was read. The archive has a mixture of before and after. */
export interface Remark {
  readonly path: BytePath;
  readonly changed: true;
}

/** The record of a member of an archive. */
export function entryOf(header: Header, sha256: string | undefined, archive: string): Entry {
  const { type, target } = header;
  return {
    path: absoluteName(header.path),
    type,
    size: header.size,
    mtime: nineDecimals(header.mtime),
    mode: header.mode.toString(8).padStart(4, '0'),
    uid: header.uid,
    gid: header.gid,
    ...(type === 'symlink' && { target }),
    ...(type === 'link' && { link: absoluteName(target) }),
    ...(sha256 !== undefined && { sha256 }),
    archive,
  };
}

/** A member's name as a path from `/`. */
export function absoluteName(member: BytePath): BytePath {
  if (!member.startsWith('.') && !member.startsWith('/')) return `/${member}`;
  return `/${member.replace(/^\.?\/+/, '').replace(/^\.$/, '')}`;
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

/**
 * Reads a line of an index back; `file` is what messages call it. It is authenticated, but under that name may be another file: a line
 * that is a record at all is taken as written.
 */
export function parseRecord(line: BytePath, file: string): Entry | Remark {
  const json = parseJson(Buffer.from(line, 'latin1').toString('utf8'));
  for (const key of byteFields) {
    const { [key]: text, [`${key}Base64`]: encoded } = json;
    if (typeof text === 'string') json[key] = fromText(text);
    if (typeof encoded !== 'string') continue;
    json[key] = Buffer.from(encoded, 'base64').toString('latin1');
    delete json[`${key}Base64`];
  }
  const isRecord =
    typeof json.path === 'string' && (typeof json.archive === 'string' || json.changed === true);
  if (!isRecord) throw notAnIndex(file);
  return json as unknown as Entry | Remark;
}

/** The object that a line has; one without any key, where it has none. */
function parseJson(line: string): Json {
  try {
    const json = JSON.parse(line) as unknown;
    return typeof json === 'object' && json !== null ? (json as Json) : {};
  } catch {
    return {};
  }
}

/** A file that has the name of an index has something else in it. */
export function notAnIndex(file: string): Error {
  return failure(file, 'not an index', 'is it another file under the name of one?');
}

function isByteField(key: string): boolean {
  return (byteFields as readonly string[]).includes(key);
}
