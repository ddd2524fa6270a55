import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { failure } from 'command-line';
import { type BytePath, fromText, readPaths, withoutSlash } from 'path-stream';
import { openSealed } from 'sealed-file';
import type { Keys } from '../../date/archives.ts';

/** What a record of an index (docs/INTERFACES.md) says that a restore in place needs. */
export interface IndexEntry {
  readonly path: BytePath;
  /** Of a symbolic link. */
  readonly target?: BytePath;
  /** Of a directory. */
  readonly directory?: Metadata;
}

export interface Metadata {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970 with nine decimals, as text: no number holds them all. */
  readonly mtime: string;
}

/**
 * Hands each symbolic link and directory of a component to `take`, and nothing of anything else. Where it has many archives, with
 * an index each, they come in their order: the last word on a path holds, and what is not there any more may come too.
 */
export async function readEntries(
  component: string,
  keys: Keys,
  take: (entry: IndexEntry) => void,
): Promise<void> {
  const names = readdirSync(component).filter((file) => /index\.zst(\.\w+)?$/.test(file));
  if (names.length === 0) throw failure(component, 'no index in it');
  const opening = { identityFiles: keys.identity, keyFile: keys['key-file'] };
  for (const name of names.sort())
    await openSealed(join(component, name), opening, [], async (plain) => {
      for await (const lines of readPaths(plain, '\n'))
        for (const line of lines) {
          // Most lines are of files: they need not be read.
          if (!/"type":"(directory|symlink)"/.test(line)) continue;
          const entry = parseEntry(line);
          if (entry !== undefined) take(entry);
        }
    });
}

/** A line of an index, if it is of a link or a directory. */
export function parseEntry(line: string): IndexEntry | undefined {
  const record: Record<string, unknown> = JSON.parse(Buffer.from(line, 'latin1').toString('utf8'));
  const path = bytes(record, 'path');
  if (path === undefined) return undefined;
  if (record.type === 'symlink') {
    const target = bytes(record, 'target');
    return target === undefined ? undefined : { path, target };
  }
  if (record.type !== 'directory') return undefined;
  const mode = Number.parseInt(String(record.mode), 8);
  const [uid, gid] = [Number(record.uid), Number(record.gid)];
  return { path: withoutSlash(path), directory: { mode, uid, gid, mtime: String(record.mtime) } };
}

function bytes(record: Record<string, unknown>, key: string): BytePath | undefined {
  const [text, base64] = [record[key], record[`${key}Base64`]];
  if (typeof text === 'string') return fromText(text);
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64').toString('latin1') : undefined;
}
