import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodeOf, type Report, reason } from 'command-line';
import { type RunRecord, startOfProcess, statusDirectory, writeRecord } from 'date-tree';

/** Tells how far a run has come: what it is at, and how many bytes of that are sealed. */
export type Progress = (at: string, sealed: number) => void;

/** Where the date of a run is: published here, or moved over to a command. */
export type GivenOut =
  | { readonly published: string; readonly movedTo?: undefined }
  | { readonly published?: undefined; readonly movedTo: string };

/** Where the newest run's record is. */
export function runFile(staging: string): string {
  return join(statusDirectory(staging), 'run.json');
}

/**
 * Marks a run as begun. Until it is marked as ended, it is running, or its process is gone and it was killed. A run is not
 * to fail for want of a note of it; but then the one of before must not pass for it.
 */
export function beginRun(staging: string, report: Report, started: Date = new Date()): RunRecord {
  const { pid } = process;
  const run = { pid, ticks: startOfProcess(pid), started: started.toISOString() };
  const fault = note(staging, run);
  if (fault === undefined) return run;
  report.note('status', fault);
  rmSync(runFile(staging), { force: true });
  return run;
}

/** Writes the record; returns why it could not. */
function note(staging: string, run: RunRecord): string | undefined {
  try {
    writeRecord(runFile(staging), run);
    return undefined;
  } catch (error) {
    return reason(error);
  }
}

/** Does a run, and has its record say when it began, what it is at, and how it ended. Returns where its date is. */
export async function recordRun(
  staging: string,
  report: Report,
  started: Date,
  work: (progress: Progress) => Promise<GivenOut>,
): Promise<GivenOut> {
  const run = beginRun(staging, report, started);
  let told: string | undefined;
  const record = (more: Partial<RunRecord>): void => {
    const fault = note(staging, { ...run, ...more });
    if (fault !== undefined && fault !== told) report.note('status', fault);
    told = fault;
  };
  const end = (more: Partial<RunRecord>): void => record({ finished: new Date().toISOString(), ...more });
  try {
    const givenOut = await work((at, sealed) => record({ at, sealed }));
    const { published } = givenOut;
    const outcome = published === undefined ? { movedOver: true } : { published };
    end({ exitCode: report.exitCode, ...outcome });
    return givenOut;
  } catch (error) {
    end({ exitCode: exitCodeOf(error) });
    throw error;
  }
}
