import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { type Report, reason, runPipeline, type Stage } from 'command-line';
import { type BytePath, readPaths } from 'path-stream';

export const stateFormat = 'encrypt-tar state 1';

/** What is known of a part: what it weighed when it was packed (see found.ts), and its files. */
export interface PartState {
  readonly number: number;
  readonly paths: number;
  readonly weight: number;
  readonly files: readonly FileState[];
}

/** A file that is the one of before: name, size and mtime, as rsync would tell it. */
export interface FileState {
  readonly name: string;
  readonly size: number;
  readonly mtimeNs: string;
}

/** The first record of a state file. */
export interface StateHeader {
  readonly format: typeof stateFormat;
  /** Stands for the recipients, or the key: see sealingIdentity. */
  readonly sealing: string;
  readonly parts: readonly PartState[];
}

/**
 * A path that some part has, live or dead. In the file: part numbers with commas, a blank, the fingerprint, a tab, the
 * path, NUL; in byte order of the paths.
 */
export interface Known {
  readonly path: BytePath;
  /**
   * The parts that have it, newest first: the first is the one that counts, unless it is gone. Where it went in as a hard link, `*`
   * and its inode are behind the number.
   */
  readonly parts: string;
  /** As `Found` has it; `unsettled` is none, and `gone` stands for a path that the directory does not have any more. */
  readonly fingerprint: string;
  /** The record as it stands in the file. */
  readonly raw: string;
}

/** In the place of, or before, the fingerprint of what may have changed since: it is packed again. */
export const unsettled = '?';
/** The fingerprint of a path that is only dead weight in its parts. */
export const gone = 'gone';

export function formatKnown(parts: string, fingerprint: string, path: BytePath): string {
  return `${parts} ${fingerprint}\t${path}`;
}

export function parseKnown(record: string): Known {
  const blank = record.indexOf(' ');
  const tab = record.indexOf('\t');
  return {
    parts: record.slice(0, blank),
    fingerprint: record.slice(blank + 1, tab),
    path: record.slice(tab + 1),
    raw: record,
  };
}

/** The newest of a record's parts. */
export function newestPart(parts: string): number {
  return Number.parseInt(parts, 10);
}

/** What the last run left behind, where it is of use to this one. */
export interface Previous {
  readonly directory: string;
  readonly header: StateHeader;
  /** The state file, as it was when it was judged. */
  readonly file: string;
}

/**
 * Judges a state file: it must be whole, of the same sealing, and every file it names must be in the directory as it was.
 * Otherwise everything is packed, and the reason is told.
 */
export async function judgeState(
  file: string,
  directory: string,
  sealing: string,
  report: Report,
): Promise<Previous | undefined> {
  const full = (why: string): undefined =>
    report.note(file, `${why}: everything is packed anew`) as undefined;
  if (!existsSync(file)) return full('no such file');
  let header: StateHeader | null;
  try {
    header = await readHeader(file);
  } catch (error) {
    return full(`damaged (${reason(error)})`);
  }
  if (header?.format !== stateFormat) return full('of another version');
  if (header.sealing !== sealing) return full('made for other recipients or another key');
  const other = header.parts.flatMap(({ files }) => files).find((one) => !isThere(one, directory));
  if (other !== undefined) return full(`${join(directory, other.name)} is not the file it knows`);
  return { directory, header, file };
}

function isThere(file: FileState, directory: string): boolean {
  const { size, mtimeNs } = fileState(directory, file.name) ?? {};
  return size === file.size && mtimeNs === file.mtimeNs;
}

/** A file of a directory; undefined where there is none. */
export function fileState(directory: string, name: string): FileState | undefined {
  const stats = lstatSync(join(directory, name), { bigint: true, throwIfNoEntry: false });
  if (stats?.isFile() !== true) return undefined;
  return { name, size: Number(stats.size), mtimeNs: String(stats.mtimeNs) };
}

/** The first record. All of the file is read: zstd tells of damage at the end, and no record may be used before. */
async function readHeader(file: string): Promise<StateHeader | null> {
  let first = '';
  let whole = false;
  await runPipeline([open(file)], {
    output: async (stdout) => {
      for await (const chunk of stdout) {
        if (whole) continue;
        first += (chunk as Buffer).toString('latin1');
        whole = first.includes('\0');
      }
    },
  });
  return JSON.parse(first.slice(0, first.indexOf('\0'))) as StateHeader | null;
}

function open(file: string): Stage {
  return { command: 'zstd', args: ['-d', '-q', '-c', '--', file] };
}

/** Hands the records of a state file to `take`, without the header. */
export async function readRecords(
  file: string,
  take: (batches: AsyncIterable<string[]>) => Promise<void>,
): Promise<void> {
  await runPipeline([open(file)], { output: (stdout) => take(withoutFirst(readPaths(stdout, '\0'))) });
}

async function* withoutFirst(batches: AsyncIterable<string[]>): AsyncGenerator<string[]> {
  let first = true;
  for await (const batch of batches) {
    yield first ? batch.slice(1) : batch;
    first = false;
  }
}

/** The parts of a record with one more, the newest, in front; `links` is the inode, where the path went in as one of its links. */
export function withPart(part: number, parts: string, links?: string): string {
  const one = links === undefined ? String(part) : `${part}*${links}`;
  return parts === '' ? one : `${one},${parts}`;
}

/** Those of a record's parts where it is one of several hard links: all paths of the same have the same. */
export function linkedIn(parts: string): readonly string[] {
  return parts.includes('*') ? parts.split(',').filter((part) => part.includes('*')) : [];
}
