import { join } from 'node:path';
import { presentPackages } from './apt-get.ts';
import { isInstalled, operand } from './plan.ts';
import { keyOf, knownSelections, type Package } from './records.ts';
import { attempt, type Restoration } from './restoration.ts';
import { readBytes } from './root.ts';

/** Holds are selections; which packages are there for others is apt's mark: apt-mark(8). */
export async function restoreMarks(
  { machine, lists, report }: Restoration,
  wanted: readonly Package[],
): Promise<void> {
  const present = await presentPackages(machine);
  const known = new Set(present.flatMap((one) => [one.name, keyOf(one)]));
  const selections = knownSelections(readBytes(join(lists, 'selections.txt')), known);
  await attempt(
    report,
    'selections',
    async () => void (await machine.filter('dpkg', ['--set-selections'], selections)),
  );
  const installed = new Set(present.filter(isInstalled).map(keyOf));
  const here = wanted.filter((one) => isInstalled(one) && installed.has(keyOf(one)));
  const manual = new Set(readBytes(join(lists, 'manual.txt')).split('\n'));
  const isManual = (one: Package): boolean => manual.has(one.name) || manual.has(keyOf(one));
  for (const [mark, marked] of [
    ['manual', here.filter(isManual)],
    ['auto', here.filter((one) => !isManual(one))],
  ] as const)
    await attempt(
      report,
      `apt-mark ${mark}`,
      async () =>
        void (await machine.filter('xargs', ['-r', 'apt-mark', mark], marked.map(markName).join('\n'))),
    );
}

/** apt-mark knows a package for all architectures by its name alone. */
function markName(one: Package): string {
  return operand(one, false);
}
