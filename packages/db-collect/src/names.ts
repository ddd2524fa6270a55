import { createHash } from 'node:crypto';
import { type BytePath, escapePath, toText } from 'path-stream';

/** Bytes as a part of a file's name: what a file in a date cannot be called is written as its code, `%` and two digits. */
function encodeName(name: BytePath): string {
  return name.replace(/^[.-]|[^A-Za-z0-9._-]/g, encodeByte);
}

function encodeByte(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/**
 * What a server is called in file names: its engine, and where it is, if that is not the usual place. No two servers are called the same,
 * and none has a dot, which ends it.
 */
export function serverName(engine: string, ...where: readonly (BytePath | number | undefined)[]): string {
  const parts = where.map((part) => encodeName(String(part ?? '')).replace(/[.-]/g, encodeByte));
  return [engine, ...parts].join('-').replace(/-+$/, '');
}

/** A file's name has 255 bytes at most (NAME_MAX), and a temporary one is longer than the last by some. */
const longestStem = 180;

/** What the file of a dump is called, up to what its format adds: no two names give the same. */
export function stemOf(server: string, name: BytePath): string {
  return shorten(`${server}.${encodeName(name)}`);
}

/** The same for a server of which there is one dump. */
export function stemOfAll(server: string): string {
  return shorten(server);
}

/** The same for what is beside the databases of a server: it is not called as any of them can be. */
export function besideStem(server: string, what: string): string {
  return shorten(`${server}.%%${what}`);
}

/** Of one that is too long, a digest stands for the end. */
function shorten(stem: string): string {
  if (stem.length <= longestStem) return stem;
  const digest = createHash('sha256').update(stem).digest('hex').slice(0, 32);
  return `${stem.slice(0, longestStem - digest.length - 2)}%%${digest}`;
}

/** Bytes as people read them, and as they name them again. */
export function readable(name: BytePath): string {
  return toText(name) ?? escapePath(name);
}
