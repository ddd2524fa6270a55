import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { type Call, inputPaths, runPipeline, usageError } from 'command-line';
import { isDate } from 'date-tree';
import { type BytePath, escapePath, PathWriter, toText } from 'path-stream';
import { ownCommand } from '../commands.ts';
import { keyOptions } from '../date/archives.ts';
import type { command } from '../restore-options.ts';

/** The directory that an operand names: a date in the staging directory, or the directory itself. */
export function directoryOfDate(staging: string, operand: BytePath): string {
  const name = toText(operand);
  if (name === undefined) throw usageError(escapePath(operand), 'not valid UTF-8');
  return isDate(name) ? join(staging, name) : name;
}

/** Restores a date below a directory: all of it, or the paths given (`-`: on stdin) with what is below them. */
export async function restorePaths(
  call: Call<(typeof command)['options']>,
  directory: string,
  to: string,
  wanted: readonly BytePath[],
): Promise<void> {
  const { options, report } = call;
  const selection = wanted.length === 0 ? [] : ['-0', '--select', '-'];
  const extract = ownCommand(
    'encrypt-tar',
    [
      '--extract',
      ...keyOptions(options),
      ...selection,
      ...(options.overwrite ? ['--overwrite'] : []),
      ...['--to', to, '-d', join(directory, options.component)],
    ],
    report,
  );
  const feed = async (stdin: Writable): Promise<void> => {
    const list = new PathWriter(stdin, '\0', () => {});
    for await (const batch of inputPaths({ ...call, operands: wanted }, options))
      for (const path of batch) await list.add(path);
    await list.flush();
  };
  const [exitCode] = await runPipeline([extract], wanted.length === 0 ? {} : { input: feed });
  if (exitCode !== 0) report.loss(directory, 'not all of it was restored, as named above');
  else report.note(directory, `restored to ${to}`);
}
