import type { Settings } from '../settings/schema.ts';
import { durationText } from './mail/amounts.ts';
import type { RunReport } from './run-report.ts';

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

/** Why somebody must look after the backups, a sentence each: nothing was made, or pulled, for more than `warn_after` hours. */
export function overdueReasons(known: Regularity, { gate }: Pick<Settings, 'gate'>): string[] {
  const hours = gate.warn_after ?? usualHours;
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

/** When the dates were given out that are known from runs, oldest first. */
export function givenOut(history: readonly RunReport[]): string[] {
  return history.filter(({ status }) => status !== 'failed').map(({ finished }) => finished);
}

/** What was late when a run began: a sentence each, for its mail. */
export function lateBefore(run: RunReport, history: readonly RunReport[], settings: Settings): string[] {
  const before = givenOut(history);
  const known = {
    now: run.started,
    lookedSince: run.started,
    first: before[0],
    last: before.at(-1),
    lastPull: run.last.pull ?? undefined,
    isPulled: settings.archives.move_over === undefined,
  };
  return overdueReasons(known, settings).map((reason) => `${reason} before this run`);
}
