import { closeSync, existsSync, lstatSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { syncDirectory } from 'sealed-file';
import { openDate } from './date.ts';
import { replacedName } from './names.ts';
import { hide, removeUnread } from './withdraw.ts';

/**
 * Renames a finished directory, named as its date, into its place in the tree: the last act of making one. A date that
 * is there is replaced; whoever reads it goes on reading the old one. Returns the date's new path.
 */
export async function placeDate(staged: string, tree: string): Promise<string> {
  const date = basename(staged);
  const target = join(tree, date);
  closeSync(openDate(dirname(staged), date)); // nothing but a complete date is placed
  const replaces = lstatSync(target, { throwIfNoEntry: false }) !== undefined;
  // Throws for what is no date: that is not for us to remove.
  if (replaces) closeSync(openDate(tree, date));
  // A directory cannot be renamed over one with files in it: the two renames follow each other at once, and
  // clearWork() undoes the first where the second did not happen.
  const replaced = replacedName(tree, date);
  if (replaces && existsSync(replaced)) hide(replaced, tree);
  if (replaces) renameSync(target, replaced);
  renameSync(staged, target);
  await syncDirectory(tree);
  // Somebody may be reading it for a long time yet.
  if (replaces) await removeUnread(hide(replaced, tree));
  return target;
}
