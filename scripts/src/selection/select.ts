import { existsSync, realpathSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type Report, runPipeline, type Stage } from 'command-line';
import { type BytePath, PathWriter, readPaths } from 'path-stream';
import { storeFile } from 'sealed-file';
import { ownCommand, shippedDirectory } from '../commands.ts';
import type { Settings } from '../settings/schema.ts';
import { type Coverage, readLedger, withExcluded } from './coverage.ts';
import { type Dropped, findDropped } from './dropped.ts';
import { Cursor, readList, writeList } from './lists.ts';

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
  /** False where a directory could not be read: it is named on stderr. */
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
  const complete = await walk(settings, report);
  const { count, excluded } = await applyRules(filterStage(exclude, report), lists);
  const annoyingCount = await keep(filterStage(expected, report), lists.unclassified, lists.annoying);
  return {
    paths: lists.paths,
    count,
    annoying: lists.annoying,
    annoyingCount,
    coverage: withExcluded(readLedger(lists.ledger), excluded),
    dropped: await findDropped(lists, report),
    complete,
  };
}

/** Where the lists are. */
export interface ListFiles {
  readonly directory: string;
  /** What dpkg-orphans found: reason, tab, path. */
  readonly found: string;
  /** How many entries it found of each class. */
  readonly ledger: string;
  readonly paths: string;
  readonly excluded: string;
  readonly unclassified: string;
  readonly annoying: string;
  /** `paths` of the last run that published. */
  readonly stored: string;
  readonly dropped: string;
}

export function listFiles({ state }: Settings): ListFiles {
  const directory = join(state, 'lists');
  const at = (name: string): string => join(directory, name);
  return {
    directory,
    found: at('found'),
    ledger: at('ledger.json'),
    paths: at('paths'),
    excluded: at('excluded'),
    unclassified: at('unclassified'),
    annoying: at('annoying'),
    stored: at('stored'),
    dropped: at('dropped'),
  };
}

/** After a date was published: the next run compares with what is in it. */
export async function rememberStored(settings: Settings): Promise<void> {
  const { paths, stored } = listFiles(settings);
  await rename(paths, stored);
}

/** The rule files that hold: the configured ones, or those that came with the program; and this program's own. */
export async function ruleFiles(settings: Settings): Promise<{ exclude: string[]; expected: string[] }> {
  const own = join(listFiles(settings).directory, 'own.rules');
  await mkdir(dirname(own), { recursive: true, mode: 0o700 });
  // Whole or not at all: a run may be reading it while somebody asks for an explanation.
  await storeFile(own, async (handle) => void (await handle.writeFile(ownRules(settings))));
  return {
    exclude: [...configured(settings.files.exclude, 'exclude.d'), own],
    expected: configured(settings.files.expected, 'expected.d'),
  };
}

function configured(files: readonly string[] | undefined, shipped: string): string[] {
  if (files !== undefined) return [...files];
  const directory = shippedDirectory(shipped);
  return directory === undefined ? [] : [directory];
}

/** A backup does not hold the backups of before, nor the lists it is made from: not by their real names either. */
function ownRules({ staging, state, system }: Settings): string {
  const paths = [staging, state].flatMap((path) => [path, existsSync(path) ? realpathSync(path) : path]);
  const rules = paths.map((path) => `${path.replace(/[\\*?[ ]/g, '\\$&').replace(/\/+$/, '')}/\n`);
  // dpkg's database is left out for being in the system component.
  const unlessThere = system.enabled ? '' : '!/var/lib/dpkg/\n';
  return `# made anew by each run\n${unlessThere}${rules.join('')}`;
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

/** path-filter with some rule files; `more` are its options and operands for this use. */
export function filterStage(rules: readonly string[], report: Report, more: readonly string[] = []): Stage {
  return ownCommand('path-filter', ['-0', ...more, ...rules.flatMap((rule) => ['--exclude', rule])], report);
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

function parseFinding(record: BytePath): { word: string; path: BytePath } {
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
