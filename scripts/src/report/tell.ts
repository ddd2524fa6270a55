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
import { readTold, writeTold } from './told.ts';

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
 * `current` is the run that is ending: the lists of the selection are its own. Returns what became of the last mail.
 */
export async function tellRuns(
  settings: Settings,
  report: Report,
  current?: RunReport,
): Promise<Sent | undefined> {
  const { state } = settings;
  const history = readHistory(state, report, runsCompared);
  const told = readTold(state, report);
  let sent: Sent | undefined;
  for (const run of history.slice(-mostUntold)) {
    if (told.run !== undefined && run.started <= told.run) continue;
    const isCurrent = run.started === current?.started;
    const paths = isCurrent && run.status !== 'failed' ? { paths: listFiles(settings).annoying } : {};
    const before = history.slice(0, history.indexOf(run));
    sent = await sendMail({ ...mailOf(run, before), ...paths }, settings, report);
    if (sent === 'lost') return sent;
    await writeTold(state, { ...readTold(state, report), run: run.started });
    if (isCurrent) await rememberReported(settings, run);
  }
  return sent;
}

/** What a mail of a date has told is not new in the next one. */
export async function rememberReported(settings: Settings, run: RunReport): Promise<void> {
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
