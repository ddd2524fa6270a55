import { link, rename, rm } from 'node:fs/promises';
import { CommandError, errorCode, type Report, reason } from 'command-line';
import { listFiles } from '../selection/list-files.ts';
import type { Settings } from '../settings/schema.ts';
import { readHistory } from './history.ts';
import { mailSubject } from './mail/content.ts';
import { mailHtml } from './mail-html.ts';
import { mailText } from './mail-text.ts';
import type { RunReport } from './run-report.ts';
import { type AdminMail, type Sent, sendMail } from './send.ts';
import { readTold, type Told, writeTold } from './told.ts';

/** So many runs before one are compared with it. */
export const runsCompared = 40;
/** So many runs of which nobody has been told yet get a mail each. */
const mostUntold = 3;

/** The mail of a run. */
export function mailOf(run: RunReport, history: readonly RunReport[]): AdminMail {
  return {
    subject: mailSubject(run),
    text: mailText(run, history),
    html: mailHtml(run, history),
    id: messageId(run.host, run.started),
  };
}

/** The same for the same host and time. */
export function messageId(host: string, time: string): string {
  return `hcoop-backup.${time.replace(/[^0-9A-Z]/g, '')}@${host.replace(/[^A-Za-z0-9.-]/g, '-')}`;
}

/**
 * Sends the mails of the newest runs that nobody has been told of: the last one, and those that were interrupted or killed before it.
 * `current` is the run that is ending: the lists of the selection are its own, and it is told even where it could not be recorded. Returns
 * what became of the last mail.
 */
export async function tellRuns(
  settings: Settings,
  report: Report,
  current?: RunReport,
): Promise<Sent | undefined> {
  const { state } = settings;
  const history = withRun(readHistory(state, report, runsCompared), current);
  let sent: Sent | undefined;
  for (const run of untold(history, readTold(state, report), current)) {
    const isCurrent = run.started === current?.started;
    const paths = isCurrent && run.status !== 'failed' ? { paths: listFiles(settings).annoying } : {};
    const before = history.slice(0, history.indexOf(run));
    sent = await sendMail({ ...mailOf(run, before), ...paths }, settings, report);
    if (sent === 'lost') return sent;
    try {
      if (isCurrent) await noteAsTold(settings, run, report);
      else await writeTold(state, { ...readTold(state, report), run: run.started });
    } catch (error) {
      // The next mail goes out all the same; what is sent again has the same Message-ID.
      report.error('mail', `sent, and that could not be noted: ${reason(error)}`);
    }
  }
  return sent;
}

/** A history in its order, with a run that it may lack. */
function withRun(history: readonly RunReport[], run: RunReport | undefined): RunReport[] {
  if (run === undefined || history.some(({ started }) => started === run.started)) return [...history];
  return [...history, run].sort((a, b) => (a.started < b.started ? -1 : 1));
}

/**
 * The newest runs of which nobody has been told, oldest first. What is later than now is of a clock that was ahead, and was told then: it
 * says nothing of the runs since it was set back. They may be asked for once more, and are sent once, by their Message-IDs.
 */
function untold(history: readonly RunReport[], told: Told, current: RunReport | undefined): RunReport[] {
  const now = new Date().toISOString();
  const last = told.run === undefined || told.run > now ? '' : told.run;
  const earlier = history.filter(
    ({ started }) => started <= now && started > last && started !== current?.started,
  );
  return [...earlier, ...(current === undefined ? [] : [current])].slice(-mostUntold);
}

/** The run that is ending has been told: once is enough, and what its mail has told of a date is not new in the next one. */
export async function noteAsTold(settings: Settings, run: RunReport, report: Report): Promise<void> {
  await writeTold(settings.state, { ...readTold(settings.state, report), run: run.started });
  if (run.status === 'failed') return;
  const { annoying, reported } = listFiles(settings);
  const next = `${reported}.next`;
  try {
    await rm(next, { force: true });
    await link(annoying, next);
    await rename(next, reported);
  } catch (error) {
    throw errorCode(error) === undefined ? error : new CommandError(2, reported, reason(error));
  }
}
