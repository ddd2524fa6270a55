import type { Machine } from './machine.ts';
import { type Package, parsePackages } from './records.ts';
import { readFormat } from './root.ts';

/** Conffiles are as packages have them until the files come: nobody is asked. */
export const install = [
  ...['-q', '-y', '--no-install-recommends', '--allow-downgrades', '--allow-change-held-packages'],
  ...['-o', 'Dpkg::Options::=--force-confold', '-o', 'Dpkg::Options::=--force-confdef', 'install'],
];

/** What dpkg knows of on a machine. */
export async function presentPackages(machine: Machine): Promise<Package[]> {
  return parsePackages(await machine.capture('dpkg-query', ['-W', '-f', readFormat]));
}
