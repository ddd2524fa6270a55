import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { type Call, failure, inputPaths, runPipeline, usageError, type Wiring } from 'command-line';
import { isDate, listDates } from 'date-tree';
import { type BytePath, escapePath, PathWriter, toText } from 'path-stream';
import { ownCommand } from '../commands.ts';
import { keyOptions } from '../date/archives.ts';
import type { command } from '../restore-options.ts';
import { withFound } from './list.ts';

type RestoreCall = Call<(typeof command)['options']>;

/** Of the command line, the directory of the date that is meant, and the paths. Undefined where it names no date. */
export function dateAndPaths({
  options,
  operands,
  report,
}: RestoreCall): { directory: string; wanted: readonly BytePath[] } | undefined {
  const { at, staging } = options;
  if (at !== undefined) {
    const directory = join(staging, dateAt(staging, at));
    report.note(`at ${at}`, directory);
    return { directory, wanted: operands };
  }
  const [date, ...wanted] = operands;
  return date === undefined ? undefined : { directory: directoryOfDate(staging, date), wanted };
}

/** The directory that an operand names: a date in the staging directory, or the directory itself. */
function directoryOfDate(staging: string, operand: BytePath): string {
  const name = toText(operand);
  if (name === undefined) throw usageError(escapePath(operand), 'not valid UTF-8');
  return isDate(name) ? join(staging, name) : name;
}

/** The newest date that is not after a day. */
function dateAt(staging: string, day: string): string {
  if (!isDate(day)) throw usageError('--at', `not a date: ${day}`, 'YYYY-MM-DD');
  const dates = listDates(staging);
  const found = dates.findLast((date) => date <= day);
  if (found !== undefined) return found;
  throw failure(staging, `no date as old as ${day}`, dates[0] && `the oldest is ${dates[0]}`);
}

/** Restores a date below a directory: all of it, or the paths given (`-`: on stdin) or found, with what is below them. */
export function restorePaths(
  call: RestoreCall,
  directory: string,
  to: string,
  wanted: readonly BytePath[],
): Promise<void> {
  if (call.options.find.length > 0)
    return withFound(call, directory, (file) => restore(call, directory, to, ['-0', '--select', file], {}));
  if (wanted.length === 0) return restore(call, directory, to, [], {});
  const feed = async (stdin: Writable): Promise<void> => {
    const list = new PathWriter(stdin, '\0', () => {});
    for await (const batch of inputPaths({ ...call, operands: wanted }, call.options))
      for (const path of batch) await list.add(path);
    await list.flush();
  };
  return restore(call, directory, to, ['-0', '--select', '-'], { input: feed });
}

async function restore(
  { options, report }: RestoreCall,
  directory: string,
  to: string,
  selection: readonly string[],
  wiring: Wiring,
): Promise<void> {
  const how = ['--owners', options.owners, ...(options.overwrite ? ['--overwrite'] : [])];
  const archives = ['--to', to, '-d', join(directory, options.component)];
  const args = ['--extract', ...keyOptions(options), ...selection, ...how, ...archives];
  const [exitCode] = await runPipeline([ownCommand('encrypt-tar', args, report)], wiring);
  if (exitCode !== 0) report.loss(directory, 'not all of it was restored, as named above');
  else report.note(directory, `restored to ${to}`);
}
