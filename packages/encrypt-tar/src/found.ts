import { type BigIntStats, lstatSync } from 'node:fs';
import { type BytePath, toFs, withoutSlash } from 'path-stream';
import type { EntryType } from './entry.ts';
import type { Header } from './tar-stream.ts';

/** A path as the file system has it. */
export interface Found {
  /** From `/`, without a slash at its end. */
  readonly path: BytePath;
  readonly type: EntryType;
  /**
   * Changes when the path does: type and mode, owner, size, mtime and ctime in nanoseconds, device, inode. Two that are the same are
   * of the same content, but for `settled`.
   */
  readonly fingerprint: string;
  /** Whether nothing can change any more without changing the fingerprint. */
  readonly settled: boolean;
  /** What it takes in an archive, before compression, in bytes: about that. */
  readonly weight: number;
  /** Which inode, where it has several links. */
  readonly inode: string | undefined;
}

/**
 * The kernel gives files the time of its last tick, of which there are a hundred a second at least: what changed so short a time
 * ago can change once more and keep its ctime. In milliseconds.
 */
const tick = 20;
/** The headers of a member: a block for the pax header, one for its data, one for the rest. */
export const headerWeight = 1536;

/** Looks a path up (lstat); 'socket' for what no archive can hold. `now` is a time before that, in ms. Throws what lstat throws. */
export function look(path: BytePath, now: number): Found | 'socket' {
  const stats = lstatSync(toFs(path), { bigint: true });
  const type = typeOf(stats);
  if (type === 'socket') return 'socket';
  const { mode, uid, gid, mtimeNs, ctimeNs, dev, ino } = stats;
  const size = type === 'file' ? stats.size : 0n;
  const onDisk = stats.blocks * 512n;
  return {
    path,
    type,
    fingerprint: `${mode.toString(8)} ${uid} ${gid} ${size} ${mtimeNs} ${ctimeNs} ${dev} ${ino}`,
    settled: stats.ctimeMs < BigInt(now - tick),
    weight: Number(onDisk < size ? onDisk : size) + headerWeight,
    inode: type !== 'directory' && stats.nlink > 1n ? `${dev}:${ino}` : undefined,
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

/** Whether a member's name is that of a path, whatever it has become. */
export function isNamed(member: BytePath, { path }: Found): boolean {
  return withoutSlash(member) === (path === '/' ? '.' : path.slice(1));
}

/** Whether a member is of a path as it was found: its headers have all of the fingerprint but device and inode. */
export function isOf(header: Header, found: Found): boolean {
  const [mode = '', uid, gid, size, mtime, ctime] = found.fingerprint.split(' ');
  return (
    (header.type === found.type || header.type === 'link') &&
    header.mode === (Number.parseInt(mode, 8) & 0o7777) &&
    String(header.uid) === uid &&
    String(header.gid) === gid &&
    (header.type === 'link' || String(header.size) === size) &&
    nanoseconds(header.mtime) === mtime &&
    nanoseconds(header.ctime ?? '') === ctime
  );
}

/** A decimal number of seconds, as tar writes it, in nanoseconds. */
export function nanoseconds(seconds: string): string {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,9})\d*)?$/.exec(seconds) ?? [];
  const digits = `${whole}${fraction.padEnd(9, '0')}`.replace(/^0+(?=\d)/, '');
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}

/** The same number of seconds with nine decimals, rounded down to the second for what lies before 1970. */
export function nineDecimals(seconds: string): string {
  const ns = BigInt(nanoseconds(seconds));
  const billion = 1_000_000_000n;
  const rest = ((ns % billion) + billion) % billion;
  return `${(ns - rest) / billion}.${rest.toString().padStart(9, '0')}`;
}
