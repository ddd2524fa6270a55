import { join } from 'node:path';
import { CommandError, exitCodes, type Report, reason } from 'command-line';
import { type RunRecord, readRecord, statusDirectory, writeRecord } from 'date-tree';

/** Tells how far a run has come: what it is at, and how many bytes of that are sealed. */
export type Progress = (at: string, sealed: number) => void;

const runFile = (staging: string): string => join(statusDirectory(staging), 'run.json');

/** The newest run's record, where there is one. */
export function readRun(staging: string): Partial<RunRecord> | undefined {
  return readRecord(runFile(staging));
}

/** Marks a run as begun. Until it is marked as ended, it is running, or its process is gone and it was killed. */
export function beginRun(staging: string): RunRecord {
  const run = { pid: process.pid, started: new Date().toISOString() };
  writeRecord(runFile(staging), run);
  return run;
}

/** Does a run, and has its record say when it began, what it is at, and how it ended. Returns what it published. */
export async function recordRun(
  staging: string,
  report: Report,
  work: (progress: Progress) => Promise<string>,
): Promise<string> {
  const run = beginRun(staging);
  const record = (more: Partial<RunRecord>): void => {
    try {
      writeRecord(runFile(staging), { ...run, ...more });
    } catch (error) {
      // A run is not to fail for want of a note of it; without one it shows as killed.
      report.note('status', reason(error));
    }
  };
  const end = (more: Partial<RunRecord>): void => record({ finished: new Date().toISOString(), ...more });
  try {
    const published = await work((at, sealed) => record({ at, sealed }));
    end({ exitCode: report.exitCode, published });
    return published;
  } catch (error) {
    end({ exitCode: error instanceof CommandError ? error.exitCode : exitCodes.failed });
    throw error;
  }
}
