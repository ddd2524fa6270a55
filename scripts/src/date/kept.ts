import { join } from 'node:path';
import { type Report, reason } from 'command-line';
import { listDates, withdrawDate } from 'date-tree';
import { type Manifest, readManifest } from './manifest.ts';

/** A date in a tree, and what it says of itself. */
export interface Kept {
  readonly date: string;
  readonly manifest: Manifest;
}

/**
 * The dates of a tree, newest first by sequence number: a clock that was set back does not make a new date old. What has
 * no readable manifest is named, for a person to look at, and left alone.
 */
export function keptDates(tree: string, report: Report): Kept[] {
  const known = listDates(tree).flatMap((date) => {
    try {
      return [{ date, manifest: readManifest(join(tree, date)) }];
    } catch (error) {
      report.note(join(tree, date), `left alone: ${reason(error)}`);
      return [];
    }
  });
  return known.sort((a, b) => b.manifest.sequence - a.manifest.sequence);
}

/** Without a failed or incomplete component. */
export function isWhole(manifest: Pick<Manifest, 'components'>): boolean {
  return Object.values(manifest.components).every(({ status }) => status === 'ok' || status === 'skipped');
}

/** Whether a date's place is taken by the only date without a fault: what is not whole must not replace it. */
export function holdsOnlyWhole(tree: string, date: string, report: Report): boolean {
  const whole = keptDates(tree, report).filter(({ manifest }) => isWhole(manifest));
  return whole.length === 1 && whole[0]?.date === date;
}

/**
 * Removes all but the newest `keep` dates. The newest one without a fault stays whatever its age. Of one that somebody is
 * reading, only the name is gone at once: a later run removes the rest.
 */
export async function expireDates(tree: string, keep: number, report: Report): Promise<void> {
  const known = keptDates(tree, report);
  const whole = known.find(({ manifest }) => isWhole(manifest));
  for (const { date, manifest } of known.slice(keep)) {
    if (manifest === whole?.manifest) continue;
    const removed = await withdrawDate(tree, date);
    report.note(
      date,
      removed ? 'removed: newer dates are kept' : 'out of reach: it is being pulled, and removed later',
    );
  }
}
