import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, errorCode, failure, type Report, reason } from 'command-line';
import { readSmallFile } from 'date-tree';
import { storeFile } from 'sealed-file';
import { type RunReport, runReportSchema } from './run-report.ts';

/** So many runs are remembered: more than a year of daily ones. */
export const longestHistory = 400;

/** Larger than any record of a run: its lists are bounded. */
const longestRun = 1 << 24;

const runName = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\.json$/;

function runsDirectory(state: string): string {
  return join(state, 'runs');
}

/** The records of the `most` newest runs, oldest first. One that cannot be read is named, and left out. */
export function readHistory(state: string, report: Report, most: number = longestHistory): RunReport[] {
  const names = runNames(state).slice(-most);
  return names.flatMap((name) => {
    const file = join(runsDirectory(state), name);
    try {
      return [readRun(file)];
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      report.note(file, `left out of the history: ${error.why}`);
      return [];
    }
  });
}

/** Adds a run to the history, whole or not at all, for root alone; the oldest ones go where there are too many. */
export async function writeRun(state: string, run: RunReport): Promise<void> {
  const directory = runsDirectory(state);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  await storeFile(join(directory, `${run.started}.json`), async (handle) => {
    await handle.writeFile(`${JSON.stringify(run)}\n`);
  });
  for (const name of runNames(state).slice(0, -longestHistory))
    rmSync(join(directory, name), { force: true });
}

/** By the time at which they began, oldest first. */
function runNames(state: string): string[] {
  try {
    return readdirSync(runsDirectory(state))
      .filter((name) => runName.test(name))
      .sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw failure(runsDirectory(state), reason(error));
  }
}

function readRun(file: string): RunReport {
  const text = readSmallFile(file, longestRun)?.toString();
  if (text === undefined) throw failure(file, 'no such file');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw failure(file, 'not JSON');
  }
  const { success, data, error } = runReportSchema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw failure(file, `${issue?.path.join('.')}: ${issue?.message}`);
}
