import { closeSync } from 'node:fs';
import { type Report, tryLock } from 'command-line';
import { openLock } from '../lock.ts';
import { hostName } from '../settings/host-name.ts';
import type { Settings } from '../settings/schema.ts';
import { recordKilled } from './begun.ts';
import { type GateStatus, gateStatus } from './gate-status.ts';
import { readHistory } from './history.ts';
import { formatHtml } from './mail/html.ts';
import { clipped } from './mail/inert.ts';
import type { MailContent } from './mail/section.ts';
import { formatText } from './mail/text.ts';
import { givenOut, overdueReasons, type Regularity } from './regularity.ts';
import type { RunReport } from './run-report.ts';
import { sendMail, sendWaiting } from './send.ts';
import { messageId, tellRuns } from './tell.ts';
import { readTold, writeTold } from './told.ts';

/**
 * Tells by mail what nobody has been told: what waits, of runs that were interrupted or killed, and, once a day, that backups are overdue. For
 * a timer. What could not be sent is a loss.
 */
export async function tellOverdue(
  settings: Settings,
  config: string | undefined,
  report: Report,
): Promise<void> {
  const { state } = settings;
  await whenNoneRuns(state, () => recordKilled(settings, report));
  if (settings.notify?.enabled === false) return report.note('mail', 'disabled');
  await sendWaiting(settings, report);
  if ((await tellRuns(settings, report)) === 'lost') report.loss('mail', 'not sent');
  const now = new Date().toISOString();
  const { lookedSince = now, overdue } = readTold(state, report);
  await writeTold(state, { ...readTold(state, report), lookedSince });
  const status = await gateStatus(settings, config, report);
  const known = regularityOf(settings, status, readHistory(state, report), { now, lookedSince });
  const reasons = overdueReasons(known, settings);
  report.note('overdue', reasons.length === 0 ? 'nothing is' : reasons.join('; '));
  if (reasons.length === 0 || overdue?.slice(0, 10) === now.slice(0, 10)) return;
  const host = hostName(settings);
  const content = overdueContent(host, reasons, status.warnings);
  const subject = `[backup] ${host}: OVERDUE, ${reasons[0]}`;
  const parts = { text: formatText(content), html: formatHtml(content), id: messageId(host, now) };
  if ((await sendMail({ subject, ...parts }, settings, report)) === 'lost')
    return report.loss('mail', 'not sent');
  await writeTold(state, { ...readTold(state, report), overdue: now });
}

/** The lock is not kept: a mail server may be silent for minutes, and a backup that begins meanwhile would be refused. */
async function whenNoneRuns(state: string, work: () => Promise<void>): Promise<void> {
  const lock = openLock(state);
  try {
    if (tryLock(lock, 'exclusive')) await work();
  } finally {
    closeSync(lock);
  }
}

function regularityOf(
  { archives }: Settings,
  { latest, lastPull }: GateStatus,
  history: readonly RunReport[],
  times: Pick<Regularity, 'now' | 'lookedSince'>,
): Regularity {
  const known = givenOut(history);
  if (latest !== null) known.push(new Date(latest.finished).toISOString());
  // A clock that was ahead for a day must not keep this quiet for a year.
  const given = known.filter((time) => time <= times.now).sort();
  const isPulled = archives.move_over === undefined;
  return { ...times, first: given[0], last: given.at(-1), lastPull: lastPull?.finished, isPulled };
}

function overdueContent(host: string, reasons: readonly string[], warnings: readonly string[]): MailContent {
  const todo = [
    'hcoop-backup status: what is known on both sides',
    'hcoop-backup: makes one now; the newest file in the directory of logs says how the last one ended',
    'the other side: does it still log in? The log of rsync-gate has every attempt',
  ];
  return {
    verdict: 'bad',
    headline: `${host}: OVERDUE: ${reasons.join('; ')}`,
    sections: [
      { title: 'What to do', blocks: [{ list: todo }] },
      ...(warnings.length === 0
        ? []
        : [{ title: 'The status', blocks: [{ list: warnings.map((warning) => clipped(warning, 300)) }] }]),
    ],
  };
}
