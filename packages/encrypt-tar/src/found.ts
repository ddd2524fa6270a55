import { type BigIntStats, lstatSync } from 'node:fs';
import { type BytePath, toFs, withoutSlash } from 'path-stream';
import type { EntryType } from './entry.ts';
import { nanoseconds } from './seconds.ts';
import type { Packed } from './tap.ts';
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

/** The headers of a member: a block for the pax header, one for its data, one for the rest. */
export const headerWeight = 1536;

/**
 * Looks a path up (lstat); 'socket' for what no archive can hold. What has changed since `settledBefore`, in ms, is not settled. Throws
 * what lstat throws.
 */
export function look(path: BytePath, settledBefore: number): Found | 'socket' {
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
    settled: stats.ctimeMs < BigInt(settledBefore),
    weight: Number(onDisk < size ? onDisk : size) + headerWeight,
    inode: type !== 'directory' && stats.nlink > 1n ? `${dev}:${ino}` : undefined,
  };
}

/** What a path is: 'socket' for what no archive can hold. */
export function typeOf(stats: BigIntStats): EntryType | 'socket' {
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

/** Of a member's headers, what a fingerprint starts with: all but device and inode. */
export function printOf({ type, mode, uid, gid, size, mtime, ctime = '' }: Header): string {
  const bits = (typeBits[type] + mode).toString(8);
  return `${bits} ${uid} ${gid} ${size} ${nanoseconds(mtime)} ${nanoseconds(ctime)} `;
}

/** Bits of st_mode (inode(7)). A hard link has those of a file, and no size. */
const typeBits: Record<Header['type'], number> = {
  file: 0o100000,
  link: 0o100000,
  directory: 0o40000,
  symlink: 0o120000,
  char: 0o20000,
  block: 0o60000,
  fifo: 0o10000,
};

/** Whether a member that was packed is as its path was found. */
export function isOf({ type, print }: Pick<Packed, 'type' | 'print'>, { fingerprint }: Found): boolean {
  if (type !== 'link') return fingerprint.startsWith(print);
  const parts = fingerprint.split(' ');
  return print.split(' ').every((part, i) => i === 0 || i === 3 || part === '' || part === parts[i]);
}
