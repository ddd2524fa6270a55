import { existsSync } from 'node:fs';
import { type Report, runPipeline } from 'command-line';
import { listDates } from 'date-tree';
import { type BytePath, readPaths } from 'path-stream';
import { archiveState } from '../date/archive-states.ts';
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
  /** Dates of whose archives the host knows nothing any more. */
  readonly unknown: readonly string[];
  /** All that are published. */
  readonly published: readonly string[];
}

/** Looks a path up in what the host knows of the dates' archives. */
export async function findInDates(path: BytePath, settings: Settings, report: Report): Promise<Dates> {
  const kept = listDates(settings.staging).length === 0 ? [] : keptDates(settings.staging, report);
  const published = kept.map(({ date }) => date);
  const known: string[] = [];
  const stored: Stored[] = [];
  for (const { date, manifest } of kept) {
    const state = archiveState(settings.state, manifest.sequence, 'files');
    if (!existsSync(state)) continue;
    known.push(date);
    const entry = await findInState(state, path);
    if (entry === undefined) continue;
    const archive = manifest.components.files?.files.find((file) =>
      file.path.startsWith(`files/${entry.part}.tar`),
    );
    stored.push({ date, archive: archive?.path ?? 'no archive', size: entry.size, mtime: entry.mtime });
  }
  const having = new Set(stored.map(({ date }) => date));
  const gap = known.findIndex((date) => !having.has(date));
  const since = known.slice(0, gap === -1 ? known.length : gap).at(-1);
  return { stored, since, unknown: published.filter((date) => !known.includes(date)), published };
}

/** What is known of a path: docs/INTERFACES.md has the form of the records. */
async function findInState(
  file: string,
  path: BytePath,
): Promise<{ part: string; size: number; mtime: number } | undefined> {
  let found: string | undefined;
  await runPipeline([{ command: 'zstd', args: ['-d', '-q', '-c', '--', file] }], {
    output: async (stdout) => {
      for await (const records of readPaths(stdout, '\0'))
        found ??= records.find(
          (record) =>
            record.endsWith(`\t${path}`) && record.indexOf('\t') === record.length - path.length - 1,
        );
    },
  });
  const [, part, size, mtimeNs] = /^(\d+)[,\d]* (?:\? )?\d+ \d+ \d+ (\d+) (-?\d+) /.exec(found ?? '') ?? [];
  if (part === undefined) return undefined; // never there, or gone
  return { part: part.padStart(6, '0'), size: Number(size), mtime: Number(mtimeNs) / 1e9 };
}
