import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Call, failure, runPipeline, type Stage } from 'command-line';
import { ownCommand } from '../commands.ts';
import { keyOptions } from '../date/archives.ts';
import type { command } from '../restore-options.ts';

type RestoreCall = Call<(typeof command)['options']>;

/** Writes the paths in a date's index to stdout. */
export async function listPaths(call: RestoreCall, directory: string): Promise<void> {
  await run(call, [listStage(call, directory, call.options.null)], 1);
}

/** Writes those of them that match. */
export async function findPaths(call: RestoreCall, directory: string): Promise<void> {
  await withNewDirectory((rules) => match(call, directory, rules, call.options.null, 1));
}

/** Hands over a file of those that match, NUL-terminated; it is an error where there are none. */
export function withFound<T>(
  call: RestoreCall,
  directory: string,
  use: (file: string) => Promise<T>,
): Promise<T> {
  return withNewDirectory(async (place) => {
    const file = join(place, 'found');
    const handle = await open(file, 'wx', 0o600);
    try {
      await match(call, directory, place, true, handle.fd);
      if ((await handle.stat()).size === 0) throw nothingFound(call);
    } finally {
      await handle.close();
    }
    return use(file);
  });
}

function nothingFound({ options }: RestoreCall): Error {
  return failure(`--find ${options.find.join(' --find ')}`, 'nothing in the date matches');
}

/** path-filter's rules, turned round. */
async function match(
  call: RestoreCall,
  directory: string,
  rules: string,
  withNull: boolean,
  output: number,
): Promise<void> {
  await writeFile(join(rules, 'find.rules'), call.options.find.map((glob) => `${glob}\n`).join(''));
  const filter = ['--invert', '--exclude', rules, ...(withNull ? ['-0'] : [])];
  const matching = ownCommand('path-filter', filter, call.report);
  await run(call, [listStage(call, directory, withNull), matching], output);
}

async function withNewDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'hcoop-find-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function listStage({ options, report }: RestoreCall, directory: string, withNull: boolean): Stage {
  const form = withNull ? ['-0'] : [];
  const archives = ['-d', join(directory, options.component)];
  return ownCommand('encrypt-tar', ['--list', ...form, ...keyOptions(options), ...archives], report);
}

async function run({ report }: RestoreCall, stages: readonly Stage[], output: number): Promise<void> {
  const exitCodes = await runPipeline(stages, { output });
  if (exitCodes.some((exitCode) => exitCode !== 0)) report.loss('the list', 'incomplete, as named above');
}
