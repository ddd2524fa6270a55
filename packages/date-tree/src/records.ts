import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode, failure, reason } from 'command-line';

/** A run: begun, and, where it has come to an end by itself, ended. */
export interface RunRecord {
  readonly pid: number;
  /** When that process was started, as the kernel counts it: another one may have its number later. */
  readonly ticks?: string | undefined;
  readonly started: string;
  /** What it is at, and how many bytes of that are sealed. */
  readonly at?: string;
  readonly sealed?: number;
  readonly finished?: string;
  readonly exitCode?: number;
  /** The date that it published: its directory. */
  readonly published?: string;
  /** Whether its date went over to a command instead; the other side reads this record, and is not told where to. */
  readonly movedOver?: boolean;
}

/** Why no backup is to run, until somebody takes it away. */
export interface HoldRecord {
  readonly by: string;
  readonly since: string;
  readonly reason: string;
}

/**
 * When a process was started, in clock ticks since the machine was (proc(5), field 22 of stat); undefined for one that is
 * not there, or has ended and not been waited for.
 */
export function startOfProcess(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [, state, ...fields] = stat.slice(stat.lastIndexOf(')')).split(' ');
    return state === 'Z' || state === 'X' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}

/** Larger than any record: what is longer is none. */
const longestRecord = 1 << 16;

/** Writes a record; `durable` makes it outlive a crash, which takes a moment. */
export function writeRecord(file: string, record: object, durable = false): void {
  writeShared(file, `${JSON.stringify(record)}\n`, durable);
}

/** Writes a small file, whole or not at all, for the directory's group to read. */
export function writeShared(file: string, text: string, durable = false): void {
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}`);
  try {
    rmSync(temporary, { force: true });
    writeFileSync(temporary, text, { mode: 0o640, flag: 'wx', flush: durable });
    chmodSync(temporary, 0o640); // whatever the umask
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw failure(file, reason(error));
  }
}

/** Reads one back: undefined where there is none. Never follows a link, never waits, never reads more than a record. */
export function readRecord(file: string): Record<string, unknown> | undefined {
  const text = readSmallFile(file, longestRecord)?.toString();
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {} // the same as any other text that is no record
  throw failure(file, 'not a record', 'look at it, and remove it');
}

/** What is in a regular file of at most so many bytes, where it is there. */
export function readSmallFile(file: string, longest: number): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw failure(file, reason(error));
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > longest) throw failure(file, 'not a small regular file');
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
