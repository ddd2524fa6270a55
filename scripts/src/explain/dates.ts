import { existsSync } from 'node:fs';
import { type Report, runPipeline } from 'command-line';
import { listDates } from 'date-tree';
import { type BytePath, readPaths, toText } from 'path-stream';
import { indexCopy } from '../date/index-copies.ts';
import { keptDates } from '../date/kept.ts';
import type { Settings } from '../settings/schema.ts';

/** Where a published date has a path. */
export interface Stored {
  readonly date: string;
  readonly archive: string;
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** What the host knows of the published dates, newest first. */
export interface Dates {
  readonly stored: readonly Stored[];
  /** The oldest of the dates that have it without a gap up to the newest. */
  readonly since: string | undefined;
  /** Dates whose index the host does not have: they were made before it kept any. */
  readonly unknown: readonly string[];
  /** All that are published. */
  readonly published: readonly string[];
}

/** Looks a path up in the host's copies of the dates' indexes. */
export async function findInDates(path: BytePath, settings: Settings, report: Report): Promise<Dates> {
  const published =
    listDates(settings.staging).length === 0
      ? []
      : keptDates(settings.staging, report).map(({ date }) => date);
  const known = published.filter((date) => existsSync(indexCopy(settings.state, date)));
  const stored: Stored[] = [];
  for (const date of known) {
    const entry = await findInIndex(indexCopy(settings.state, date), path);
    if (entry !== undefined) stored.push({ date, ...entry });
  }
  const having = new Set(stored.map(({ date }) => date));
  const gap = known.findIndex((date) => !having.has(date));
  const since = known.slice(0, gap === -1 ? known.length : gap).at(-1);
  return { stored, since, unknown: published.filter((date) => !known.includes(date)), published };
}

/** The last record of a path in an index; none where it was lost after all. */
async function findInIndex(file: string, path: BytePath): Promise<Omit<Stored, 'date'> | undefined> {
  const name = nameOf(path);
  let found: Omit<Stored, 'date'> | undefined;
  await runPipeline([{ command: 'zstd', args: ['-d', '-q', '-c', '--', file] }], {
    output: async (stdout) => {
      // The whole line is read only where the name is somewhere in it: an index may have millions.
      for await (const lines of readPaths(stdout, '\n'))
        for (const line of lines) if (line.includes(name.text)) found = entryOf(line, name, found);
    },
  });
  return found;
}

/** How an index has a path: as text, or in base64 where it is none. */
function nameOf(path: BytePath): { key: string; value: string; text: BytePath } {
  const text = toText(path);
  if (text === undefined) {
    const value = Buffer.from(path, 'latin1').toString('base64');
    return { key: 'pathBase64', value, text: value };
  }
  return { key: 'path', value: text, text: Buffer.from(JSON.stringify(text), 'utf8').toString('latin1') };
}

function entryOf(
  line: BytePath,
  { key, value }: { key: string; value: string },
  before: Omit<Stored, 'date'> | undefined,
): Omit<Stored, 'date'> | undefined {
  const record: Record<string, unknown> = JSON.parse(Buffer.from(line, 'latin1').toString('utf8'));
  if (record[key] !== value) return before;
  if ('remark' in record) return record.remark === 'changed' ? before : undefined;
  return { archive: String(record.archive), size: Number(record.size), mtime: Number(record.mtime) };
}
