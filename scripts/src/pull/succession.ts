import { join } from 'node:path';
import { failure, type Report } from 'command-line';
import { listDates, manifestDigest } from 'date-tree';
import { keptDates } from '../date/kept.ts';
import type { Manifest } from '../date/manifest.ts';

/**
 * Refuses a date that is signed and whole, and yet not the next one after those that are here: one of another host, an
 * older one passed off as new, another one with a number that is taken, one whose predecessor is not the one that is here,
 * or one that would take the place of an older date.
 */
export function checkSuccession(manifest: Manifest, digest: string, tree: string, report: Report): void {
  const [newest] = keptDates(tree, report);
  if (newest === undefined) return;
  const { sequence } = newest.manifest;
  const held = manifestDigest(join(tree, newest.date));
  const refuse = (why: string): never => {
    throw failure(
      tree,
      why,
      'somebody gives out other dates than before, or the host was set up anew: look into it',
    );
  };
  if (manifest.host !== newest.manifest.host)
    refuse(`a date of ${manifest.host} came, and those here are of ${newest.manifest.host}`);
  if (manifest.sequence < sequence)
    refuse(`number ${manifest.sequence} came, and number ${sequence} is here`);
  if (manifest.sequence === sequence && digest !== held)
    refuse(`another number ${sequence} than the one here came`);
  if (manifest.sequence === sequence + 1 && manifest.previous !== held)
    refuse(`number ${manifest.sequence} does not follow the number ${sequence} that is here`);
  if (manifest.date !== newest.date && listDates(tree).includes(manifest.date))
    refuse(`another ${manifest.date} came, and ${newest.date} is the newest here`);
}
