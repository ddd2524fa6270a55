import { join } from 'node:path';
import { failure, type Report } from 'command-line';
import { manifestDigest } from 'date-tree';
import { keptDates } from '../date/kept.ts';
import type { Manifest } from '../date/manifest.ts';

/**
 * Refuses a date that is signed and whole, and yet not the next one after those that are here: an older one passed off as
 * new, another one with a number that is taken, or one whose predecessor is not the one that is here.
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
  if (manifest.sequence < sequence)
    refuse(`number ${manifest.sequence} came, and number ${sequence} is here`);
  if (manifest.sequence === sequence && digest !== held)
    refuse(`another number ${sequence} than the one here came`);
  if (manifest.sequence === sequence + 1 && manifest.previous !== held)
    refuse(`number ${manifest.sequence} does not follow the number ${sequence} that is here`);
}
