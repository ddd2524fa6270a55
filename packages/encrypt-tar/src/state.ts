import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { failure, type Report, reason, runPipeline } from 'command-line';
import { type BytePath, readPaths } from 'path-stream';
import { type FileState, isAsItWas } from 'sealed-file';

export const stateFormat = 'encrypt-tar state 2';

/** What is known of a part: what it weighed when it was packed (see found.ts), and its files. */
export interface PartState {
  readonly number: number;
  readonly paths: number;
  readonly weight: number;
  readonly files: readonly FileState[];
}

/** What stands before the paths in a state file: a record with the number of parts in the place of the parts, then one for each of them. */
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
  /**
   * As `Found` has it; with `unsettled` before it, or that and the class (see classOf) alone; or `gone` and the class, for a path that
   * the directory does not have any more.
   */
  readonly fingerprint: string;
  /** The record as it stands in the file. */
  readonly raw: string;
}

/** Before the fingerprint of what may have changed since: it is packed again. */
export const unsettled = '?';
/** Marks a path that is only dead weight in its parts. */
export const gone = 'gone';

/** Whether a path is a directory, or something else: of a path, all parts have the same (see conflicts.ts). */
export type PathClass = 'd' | '-';

/** The class that a fingerprint tells, from the letter or from the mode, of which directories alone have five octal digits from 4. */
export function classOf(fingerprint: string): PathClass {
  return /^(?:\? |gone )?(?:d|4\d{4} )/.test(fingerprint) ? 'd' : '-';
}

/** A mark with the class of a fingerprint that it takes the place of. */
export function withClass(mark: typeof gone | typeof unsettled, fingerprint: string): string {
  return `${mark} ${classOf(fingerprint)}`;
}

export function isGone({ fingerprint }: Pick<Known, 'fingerprint'>): boolean {
  return fingerprint.startsWith(gone);
}

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
  /** The state file that was judged, open: another run may put a new one in its place. */
  readonly file: number;
}

/**
 * Judges a state file: it must be whole, of the same sealing, and every file it names must be in the directory as it was.
 * Otherwise everything is packed, and the reason is told. The caller closes what it returns.
 */
export async function judgeState(
  file: string,
  directory: string,
  sealing: string,
  report: Report,
): Promise<Previous | undefined> {
  let opened: number;
  try {
    opened = openSync(file, 'r');
  } catch (error) {
    return tellFull(file, reason(error), report);
  }
  try {
    const header = await readHeader(opened);
    const why = faultOf(header, directory, sealing);
    if (why === undefined) return { directory, header: header as StateHeader, file: opened };
    tellFull(file, why, report);
  } catch (error) {
    tellFull(file, `damaged (${reason(error)})`, report);
  }
  closeSync(opened);
  return undefined;
}

function tellFull(file: string, why: string, report: Report): undefined {
  report.note(file, `${why}: everything is packed anew`);
}

/** Why a state is of no use, if so. */
function faultOf(header: StateHeader | undefined, directory: string, sealing: string): string | undefined {
  if (header?.format !== stateFormat) return 'of another version';
  if (header.sealing !== sealing) return 'made for other recipients or another key';
  const other = header.parts.flatMap(({ files }) => files).find((one) => !isAsItWas(directory, one));
  return other && `${join(directory, other.name)} is not the file it knows`;
}

/** The records that a state file starts with. */
export function formatHeader({ parts, ...first }: StateHeader): string[] {
  return [{ ...first, parts: parts.length }, ...parts].map((record) => JSON.stringify(record));
}

/** Reads them. All of the file is read: zstd tells of damage at the end, and no record may be used before. */
async function readHeader(file: number): Promise<StateHeader | undefined> {
  let first: { readonly format?: string; readonly sealing?: string; readonly parts?: number } | undefined;
  const parts: PartState[] = [];
  await readAll(file, async (batches) => {
    for await (const batch of batches)
      for (const record of batch) {
        if (first === undefined) first = JSON.parse(record) ?? {};
        else if (first.format === stateFormat && parts.length < (first.parts ?? 0))
          parts.push(JSON.parse(record));
      }
  });
  if (first?.format !== stateFormat) return undefined;
  if (parts.length !== first.parts) throw failure('state', 'it ends before its parts do');
  return { format: stateFormat, sealing: first.sealing ?? '', parts };
}

/** Hands the paths' records to `take`. */
export function readRecords(
  { file, header }: Previous,
  take: (batches: AsyncIterable<string[]>) => Promise<void>,
): Promise<void> {
  return readAll(file, (batches) => take(without(1 + header.parts.length, batches)));
}

/** Reads an open state file from its start. */
async function readAll(
  file: number,
  take: (batches: AsyncIterable<string[]>) => Promise<void>,
): Promise<void> {
  const again = openSync(`/proc/self/fd/${file}`, 'r'); // the same file, whatever has its name now (proc(5))
  try {
    await runPipeline([{ command: 'zstd', args: ['-d', '-q', '-c'] }], {
      input: again,
      output: (stdout) => take(readPaths(stdout, '\0')),
    });
  } finally {
    closeSync(again);
  }
}

async function* without(count: number, batches: AsyncIterable<string[]>): AsyncGenerator<string[]> {
  let left = count;
  for await (const batch of batches) {
    yield batch.slice(left);
    left = Math.max(0, left - batch.length);
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
