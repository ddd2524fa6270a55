import { createWriteStream, existsSync, realpathSync } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { errorCode, failure, type Report, reason, runPipeline } from 'command-line';
import { PathWriter, readPaths } from 'path-stream';
import { ownCommand, shippedDirectory } from '../commands.ts';
import type { Settings } from '../settings/schema.ts';
import type { Outcome } from './component.ts';
import { sealingOptions } from './sealing-options.ts';

/** What a run selects: lists of paths, NUL-terminated, in files that only this host's root can read. */
export interface Selection {
  /** To be stored. */
  readonly paths: string;
  readonly count: number;
  /** Of those, what no rule expects: for people to look at. */
  readonly annoying: string;
  readonly annoyingCount: number;
  /** False where a directory could not be read: it is named on stderr. */
  readonly complete: boolean;
}

/** dpkg-orphans | path-filter, with the lists kept for the report and for `--dry-run`. */
export async function selectFiles(settings: Settings, report: Report): Promise<Selection> {
  const lists = join(settings.state, 'lists');
  await mkdir(lists, { recursive: true, mode: 0o700 });
  const list = (name: string): string => join(lists, name);
  await writeFile(list('own.rules'), ownRules(settings), { mode: 0o600 });

  const exclude = [...ruleFiles(settings.files.exclude, 'exclude.d'), list('own.rules')];
  const expected = ruleFiles(settings.files.expected, 'expected.d');
  const walked = await walk(settings, list('all'), list('unclassified'), report);
  const count = await filter(exclude, list('all'), list('paths'), report);
  const annoyingCount = await filter(
    [...exclude, ...expected],
    list('unclassified'),
    list('annoying'),
    report,
  );
  return { paths: list('paths'), count, annoying: list('annoying'), annoyingCount, complete: walked };
}

/** encrypt-tar of what was selected. */
export async function packFiles(
  settings: Settings,
  selection: Selection,
  directory: string,
  report: Report,
): Promise<Outcome> {
  const pack = ownCommand('encrypt-tar', ['-0', '-d', directory, ...sealingOptions(settings)], report);
  const paths = await open(selection.paths);
  try {
    const [exitCode] = await runPipeline([pack], { input: paths.fd });
    return { complete: exitCode === 0 && selection.complete, paths: selection.count };
  } finally {
    await paths.close();
  }
}

/** All that packages cannot bring back, into one list; what is neither theirs nor a parent also into another. */
async function walk(settings: Settings, all: string, unclassified: string, report: Report): Promise<boolean> {
  const orphans = ownCommand('dpkg-orphans', ['-0', '--reasons', '--', ...settings.files.roots], report);
  const [exitCode] = await runPipeline([orphans], {
    output: (stdout) =>
      writeList(all, (toAll) =>
        writeList(unclassified, async (toUnclassified) => {
          for await (const batch of readPaths(stdout, '\0'))
            for (const finding of batch) {
              const tab = finding.indexOf('\t');
              const path = finding.slice(tab + 1);
              await toAll.add(path);
              if (finding.startsWith('orphan\t')) await toUnclassified.add(path);
            }
        }),
      ),
  });
  return exitCode === 0;
}

async function filter(rules: readonly string[], from: string, to: string, report: Report): Promise<number> {
  const keep = ownCommand('path-filter', ['-0', ...rules.flatMap((rule) => ['--exclude', rule])], report);
  const input = await open(from);
  let count = 0;
  try {
    await runPipeline([keep], {
      input: input.fd,
      output: (stdout) =>
        writeList(to, async (list) => {
          for await (const batch of readPaths(stdout, '\0')) {
            count += batch.length;
            for (const path of batch) await list.add(path);
          }
        }),
    });
    return count;
  } finally {
    await input.close();
  }
}

async function writeList(file: string, fill: (list: PathWriter) => Promise<void>): Promise<void> {
  const stream = createWriteStream(file, { mode: 0o600 });
  stream.on('error', () => {}); // the writes and finished() see it
  const list = new PathWriter(stream, '\0', () => {});
  try {
    await fill(list);
    await list.flush();
    stream.end();
    await finished(stream);
  } catch (error) {
    throw errorCode(error) === undefined ? error : failure(file, reason(error));
  } finally {
    stream.destroy();
  }
}

function ruleFiles(configured: readonly string[] | undefined, shipped: string): string[] {
  if (configured !== undefined) return [...configured];
  const directory = shippedDirectory(shipped);
  return directory === undefined ? [] : [directory];
}

/** A backup does not hold the backups of before, nor the lists it is made from: not by their real names either. */
function ownRules({ staging, state }: Settings): string {
  const paths = [staging, state].flatMap((path) => [path, existsSync(path) ? realpathSync(path) : path]);
  const rules = paths.map((path) => `${path.replace(/[\\*?[ ]/g, '\\$&').replace(/\/+$/, '')}/\n`);
  return `# made anew by each run\n${rules.join('')}`;
}
