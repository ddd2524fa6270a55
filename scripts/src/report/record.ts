import {
  CommandError,
  childEnvironment,
  exitCodeOf,
  internalError,
  interruption,
  type Report,
  reason,
  startDetached,
} from 'command-line';
import { ownFile } from '../commands.ts';
import { type Announcement, announceEnd, announceStart } from '../monitor/monitor.ts';
import type { GivenOut } from '../run-record.ts';
import { hostName } from '../settings/host-name.ts';
import type { Settings } from '../settings/schema.ts';
import { assembleRun, type Ending } from './assemble.ts';
import { markBegun, markEnded, recordKilled } from './begun.ts';
import { type Findings, noFindings } from './findings.ts';
import { lastEvents } from './gate-status.ts';
import { longestHistory, readHistory, writeRun } from './history.ts';
import { collectLosses } from './losses.ts';
import { findDoubts } from './plausibility.ts';
import { lateBefore } from './regularity.ts';
import type { Loss, RunReport } from './run-report.ts';
import { noteAsTold, runsCompared, tellRuns } from './tell.ts';

/** A run that is to be reported. */
export interface Reported {
  readonly settings: Settings;
  /** The configuration that was named. */
  readonly config: string | undefined;
  readonly date: string;
  readonly report: Report;
}

/**
 * Does a run, writes its record, however it ends, and mails it. Neither can fail the run: what went wrong with them is named. `work` notes
 * down what it finds, and where its date went.
 */
export async function withReport(
  reported: Reported,
  work: (findings: Findings, started: Date) => Promise<GivenOut>,
): Promise<GivenOut> {
  const { settings, date, report } = reported;
  await recordKilled(settings, report);
  const started = new Date();
  const losses = collectLosses(report);
  const findings = noFindings();
  markBegun(settings.state, started, date, report);
  const announced = announceStart(settings, report);
  const end = async (exitCode: number, failure?: Loss): Promise<void> => {
    try {
      findings.last = await lastEvents(settings, reported.config, report);
      const about = { host: hostName(settings), date, started, finished: new Date() };
      await tell(findings, { ...about, exitCode, losses, failure }, { ...reported, announced });
    } catch (error) {
      if (!interruption.aborted) report.error('report', reason(error), 'the backup is not touched by that');
    }
  };
  try {
    const givenOut = await work(findings, started);
    await end(report.exitCode);
    return givenOut;
  } catch (error) {
    // What is said of it on stderr comes after this.
    await end(findings.givenOut === undefined ? exitCodeOf(error) : report.exitCode, lossOf(error));
    throw error;
  }
}

/** Writes the record of a run, and sends its mail: after a signal, by a process that goes on without this one. */
async function tell(
  findings: Findings,
  ending: Ending,
  { settings, config, report, announced }: Reported & { readonly announced: Announcement },
): Promise<void> {
  const run = assembleRun(findings, ending);
  // The last success may be long ago, and the metrics have it.
  const most = settings.monitor.textfile === undefined ? runsCompared : longestHistory;
  const history = readHistory(settings.state, report, most);
  const compared = history.slice(-runsCompared);
  const judged = { ...run, doubts: [...findDoubts(run, compared), ...lateBefore(run, compared, settings)] };
  const announcing = announceEnd(announced, settings, judged, history, report); // beside the mail: either may have to wait
  try {
    await remember(judged, settings, report);
    if (settings.notify?.enabled === false) await noteAsTold(settings, judged, report);
    else if (interruption.aborted) await tellLater(settings, config);
    else await tellRuns(settings, report, judged);
  } finally {
    await announcing;
  }
}

/** Writes the record down. Where that cannot be, on a full disk, the mail is all the more wanted. */
async function remember(run: RunReport, { state }: Settings, report: Report): Promise<void> {
  try {
    await writeRun(state, run);
    markEnded(state);
  } catch (error) {
    report.error('report', reason(error), 'the backup is not touched by that');
  }
}

async function tellLater({ staging, state }: Settings, config: string | undefined): Promise<void> {
  const places = [
    '--staging',
    staging,
    '--state',
    state,
    ...(config === undefined ? [] : ['--config', config]),
  ];
  const args = [ownFile('hcoop-backup'), 'report', '--overdue', ...places];
  // The directory for temporary files goes with this process.
  const env = { ...childEnvironment(), TMPDIR: '/var/tmp' };
  await startDetached({ command: process.execPath, args, stdio: 'ignore', env });
}

function lossOf(error: unknown): Loss {
  if (interruption.aborted) return { what: 'interrupted', why: 'by a signal' };
  const { what, why, hint } = error instanceof CommandError ? error : internalError(error);
  return { what, why, ...(hint !== undefined && { hint }) };
}
