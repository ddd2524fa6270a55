import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Call, runPipeline, type Stage } from 'command-line';
import { ownCommand } from '../commands.ts';
import { keyOptions } from '../date/archives.ts';
import type { command } from '../restore-options.ts';

type RestoreCall = Call<(typeof command)['options']>;

/** Writes the paths in a date's index to stdout. */
export async function listPaths(call: RestoreCall, directory: string): Promise<void> {
  await run(call, [listStage(call, directory)]);
}

/** Writes those of them that match: path-filter's rules, turned round. */
export async function findPaths(call: RestoreCall, directory: string): Promise<void> {
  const { find, null: withNull } = call.options;
  const rules = await mkdtemp(join(tmpdir(), 'hcoop-find-'));
  try {
    await writeFile(join(rules, 'find.rules'), find.map((glob) => `${glob}\n`).join(''));
    const match = ['--invert', '--exclude', rules, ...(withNull ? ['-0'] : [])];
    await run(call, [listStage(call, directory), ownCommand('path-filter', match, call.report)]);
  } finally {
    await rm(rules, { recursive: true });
  }
}

function listStage({ options, report }: RestoreCall, directory: string): Stage {
  const form = options.null ? ['-0'] : [];
  const archives = ['-d', join(directory, options.component)];
  return ownCommand('encrypt-tar', ['--list', ...form, ...keyOptions(options), ...archives], report);
}

async function run({ report }: RestoreCall, stages: readonly Stage[]): Promise<void> {
  const exitCodes = await runPipeline(stages, { output: 1 });
  if (exitCodes.some((exitCode) => exitCode !== 0)) report.loss('the list', 'incomplete, as named above');
}
