import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Report, reason } from 'command-line';
import { isDate, readRecord, writeRecord } from 'date-tree';
import { hostName } from '../settings/host-name.ts';
import type { Settings } from '../settings/schema.ts';
import { assembleRun } from './assemble.ts';
import { noFindings } from './findings.ts';
import { writeRun } from './history.ts';

/** Exit code of a process that SIGKILL has ended. */
const killed = 137;

function begunFile(state: string): string {
  return join(state, 'begun.json');
}

/** Notes that a run has begun, until it has a record of its end. Not to be able to is no reason not to run. */
export function markBegun(state: string, started: Date, date: string, report: Report): void {
  try {
    writeRecord(begunFile(state), { started: started.toISOString(), date });
  } catch (error) {
    report.note('report', reason(error));
  }
}

export function markEnded(state: string): void {
  rmSync(begunFile(state), { force: true });
}

/** Writes the record of a run that was killed before it could. Only for who holds the state: else it may be running. */
export async function recordKilled(settings: Settings, report: Report): Promise<void> {
  const { state } = settings;
  try {
    const { started, date } = readRecord(begunFile(state)) ?? {};
    const [time, day] = [new Date(String(started)), String(date)];
    if (started === undefined || Number.isNaN(time.getTime()) || !isDate(day)) return markEnded(state);
    const why = `the run that began at ${time.toISOString()} did not come to its end`;
    const hint = 'its log, and the log of the kernel, may say why: out of memory, or the machine went down';
    const end = { finished: new Date(), exitCode: killed, losses: { count: 0, first: [] } };
    const about = { host: hostName(settings), date: day, started: time };
    await writeRun(
      state,
      assembleRun(noFindings(), { ...about, ...end, failure: { what: 'killed', why, hint } }),
    );
    markEnded(state);
  } catch (error) {
    report.note('report', `whether a run was killed is not known: ${reason(error)}`);
  }
}
