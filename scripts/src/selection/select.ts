import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type Report, runPipeline, type Stage } from 'command-line';
import { listDates } from 'date-tree';
import { type BytePath, PathWriter, readPaths } from 'path-stream';
import { ownCommand } from '../commands.ts';
import type { Settings } from '../settings/schema.ts';
import { tellLostBinds } from './binds.ts';
import { type Coverage, readLedger, withExcluded } from './coverage.ts';
import { type Dropped, findDropped } from './dropped.ts';
import { type ListFiles, listFiles } from './list-files.ts';
import { Cursor, readList, writeList } from './lists.ts';
import { filterStage, ruleFiles } from './rules.ts';

/** What a run selects: lists of paths, NUL-terminated, in files that only this host's root can read. */
export interface Selection {
  /** To be stored. */
  readonly paths: string;
  readonly count: number;
  /** Of those, what no rule expects: for people to look at. */
  readonly annoying: string;
  readonly annoyingCount: number;
  readonly coverage: Coverage;
  /** What the last date holds, is still there, and is excluded now. */
  readonly dropped: Dropped;
  /** False where a directory could not be read, or a bind mount is in it by no name: it is named on stderr. */
  readonly complete: boolean;
}

/** What dpkg-orphans says of a path that somebody should know of, unless a rule expects it. */
const reportable = new Set(['orphan', 'modified', 'replaced', 'retargeted']);

/** Whether a path is for people to look at, unless a rule expects it. What is in a directory is named by itself. */
export function isReportable(word: string, path: BytePath): boolean {
  return reportable.has(word) && !path.endsWith('/');
}

/** dpkg-orphans | path-filter, with the lists kept for the report, for `explain` and for `--dry-run`. */
export async function selectFiles(settings: Settings, report: Report): Promise<Selection> {
  const lists = listFiles(settings);
  const { exclude, expected } = await ruleFiles(settings);
  const walked = await walk(settings, report);
  const ledger = readLedger(lists.ledger);
  const complete = (await tellLostBinds(ledger, exclude, report)) && walked;
  const { count, excluded } = await applyRules(filterStage(exclude, report), lists);
  const annoyingCount = await keep(filterStage(expected, report), lists.unclassified, lists.annoying);
  return {
    paths: lists.paths,
    count,
    annoying: lists.annoying,
    annoyingCount,
    coverage: withExcluded(ledger, excluded),
    dropped: await findDropped(lists, listDates(settings.staging).length > 0, report),
    complete,
  };
}

/** After a date was published: the next run compares with what is in it. */
export async function rememberStored(settings: Settings): Promise<void> {
  const { paths, stored } = listFiles(settings);
  await rename(paths, stored);
}

/** dpkg-orphans as it is configured; `more` are its options and operands for this use. */
export function orphansStage(settings: Settings, report: Report, more: readonly string[]): Stage {
  const how = ['--verify', settings.files.verify, '--cache', join(settings.state, 'verified')];
  return ownCommand('dpkg-orphans', ['-0', ...how, ...more], report);
}

async function walk(settings: Settings, report: Report): Promise<boolean> {
  const { found, ledger } = listFiles(settings);
  const more = ['--reasons', '--ledger', ledger, '--', ...settings.files.roots];
  const file = await open(found, 'w', 0o600);
  try {
    const [exitCode] = await runPipeline([orphansStage(settings, report, more)], { output: file.fd });
    return exitCode === 0;
  } finally {
    await file.close();
  }
}

/** Sorts what was found into what is kept, what is excluded, and what of the kept is to be looked at. */
async function applyRules(
  filter: Stage,
  lists: ListFiles,
): Promise<{ count: number; excluded: Map<string, number> }> {
  let count = 0;
  const excluded = new Map<string, number>();
  const sortOut = async (stdout: Readable, kept: PathWriter, dropped: PathWriter, shown: PathWriter) => {
    const keptPaths = new Cursor(readPaths(stdout, '\0'));
    for await (const batch of readList(lists.found))
      for (const record of batch) {
        const { word, path } = parseFinding(record);
        await keptPaths.fetch();
        if (keptPaths.current === path) {
          keptPaths.advance();
          count += 1;
          await kept.add(path);
          if (isReportable(word, path)) await shown.add(path);
        } else {
          await dropped.add(path);
          // Parents are in the class that they would have without what lies in them.
          if (word !== 'parent') excluded.set(word, (excluded.get(word) ?? 0) + 1);
        }
      }
  };
  await runPipeline([filter], {
    input: (stdin) => feedPaths(lists.found, stdin),
    output: (stdout) =>
      writeList(lists.paths, (kept) =>
        writeList(lists.excluded, (dropped) =>
          writeList(lists.unclassified, (shown) => sortOut(stdout, kept, dropped, shown)),
        ),
      ),
  });
  return { count, excluded };
}

/** The paths of the records that dpkg-orphans wrote. */
async function feedPaths(found: string, stdin: Writable): Promise<void> {
  const paths = new PathWriter(stdin, '\0', () => {});
  for await (const batch of readList(found))
    for (const record of batch) await paths.add(parseFinding(record).path);
  await paths.flush();
}

/** A record of dpkg-orphans, in its parts. */
export function parseFinding(record: BytePath): { word: string; path: BytePath } {
  const tab = record.indexOf('\t');
  return { word: record.slice(0, tab), path: record.slice(tab + 1) };
}

/** Writes what a filter keeps of a list into another, and returns how many that is. */
async function keep(filter: Stage, from: string, to: string): Promise<number> {
  const input = await open(from);
  let count = 0;
  try {
    await runPipeline([filter], {
      input: input.fd,
      output: (stdout) =>
        writeList(to, async (list) => {
          for await (const batch of readPaths(stdout, '\0')) {
            count += batch.length;
            await list.addAll('', batch);
          }
        }),
    });
    return count;
  } finally {
    await input.close();
  }
}
