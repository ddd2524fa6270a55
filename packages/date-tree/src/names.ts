import { join } from 'node:path';
import { isDate } from './calendar.ts';

/** What describes a date stands in it under this name; a directory without it is no date. */
export const manifestName = 'MANIFEST.json';

/** It names every archive and dump of a date, not what is in them: it is never larger, in bytes. */
export const longestManifest = 1 << 24;

/** Where dates are built and where they go on their way out: for nobody to pull. */
export function workDirectory(tree: string): string {
  return join(tree, '.work');
}

/** What is known of the host beside its dates, for the `status` of the gate. */
export function statusDirectory(tree: string): string {
  return join(tree, '.status');
}

const replacedPrefix = 'replaced-';

/** Where the date waits that another one is about to replace. */
export function replacedName(tree: string, date: string): string {
  return join(workDirectory(tree), `${replacedPrefix}${date}`);
}

/** The date that waits under such a name, if it is one. */
export function dateOfReplaced(name: string): string | undefined {
  const date = name.startsWith(replacedPrefix) ? name.slice(replacedPrefix.length) : '';
  return isDate(date) ? date : undefined;
}
