import { type Report, tryLock } from 'command-line';
import { openLock } from '../lock.ts';
import { hostName } from '../settings/host-name.ts';
import type { Settings } from '../settings/schema.ts';
import { recordKilled } from './begun.ts';
import { type GateStatus, gateStatus } from './gate-status.ts';
import { readHistory } from './history.ts';
import { durationText } from './mail/amounts.ts';
import { formatHtml } from './mail/html.ts';
import { clipped } from './mail/inert.ts';
import type { MailContent } from './mail/section.ts';
import { formatText } from './mail/text.ts';
import type { RunReport } from './run-report.ts';
import { sendMail } from './send.ts';
import { messageId, tellRuns } from './tell.ts';
import { readTold, writeTold } from './told.ts';

/** Hours, where the configuration does not say. */
const usualHours = 96;

/** What is known of whether backups are made and pulled; times in ISO 8601. */
export interface Regularity {
  readonly now: string;
  /** Since when anybody looks. */
  readonly lookedSince: string;
  /** When the first and the last date was given out, of those that are known. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly lastPull: string | undefined;
  /** Whether anybody is to pull at all. */
  readonly isPulled: boolean;
}

/** Why somebody must look after the backups, a sentence each: nothing was made, or pulled, for more than so many hours. */
export function overdueReasons(known: Regularity, hours: number): string[] {
  const { now, lookedSince, first, last, lastPull, isPulled } = known;
  const age = (time: string): number => (Date.parse(now) - Date.parse(time)) / 1000;
  const late = (since: string): boolean => age(since) > hours * 3600;
  const reasons: string[] = [];
  if (late(last ?? lookedSince))
    reasons.push(
      last === undefined ? 'no backup has ever been made' : `no backup for ${durationText(age(last))}`,
    );
  const pullable = lastPull ?? first;
  if (isPulled && pullable !== undefined && late(pullable))
    reasons.push(
      lastPull === undefined
        ? 'nobody has ever pulled'
        : `nobody has pulled for ${durationText(age(lastPull))}`,
    );
  return reasons;
}

/**
 * Tells by mail what nobody has been told: of runs that were interrupted or killed, and, once a day, that backups are overdue. For a
 * timer. What could not be sent is a loss.
 */
export async function tellOverdue(
  settings: Settings,
  config: string | undefined,
  report: Report,
): Promise<void> {
  const { state } = settings;
  const lock = openLock(state);
  if (tryLock(lock, 'exclusive')) await recordKilled(settings, report);
  if (settings.notify?.enabled === false) return report.note('mail', 'disabled');
  if ((await tellRuns(settings, report)) === 'lost') report.loss('mail', 'not sent');
  const now = new Date().toISOString();
  const { lookedSince = now, overdue } = readTold(state, report);
  await writeTold(state, { ...readTold(state, report), lookedSince });
  const status = await gateStatus(settings, config, report);
  const known = regularityOf(settings, status, readHistory(state, report), { now, lookedSince });
  const reasons = overdueReasons(known, settings.gate.warn_after ?? usualHours);
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

function regularityOf(
  { archives }: Settings,
  { latest, lastPull }: GateStatus,
  history: readonly RunReport[],
  times: Pick<Regularity, 'now' | 'lookedSince'>,
): Regularity {
  const given = history.filter(({ status }) => status !== 'failed').map(({ finished }) => finished);
  if (latest !== null) given.push(new Date(latest.finished).toISOString());
  given.sort();
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
