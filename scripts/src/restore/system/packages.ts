import { join } from 'node:path';
import type { Report } from 'command-line';
import { install, presentPackages } from './apt-get.ts';
import { withoutCopies } from './conffiles.ts';
import { tellDifferences } from './differences.ts';
import type { Machine } from './machine.ts';
import { restoreMarks } from './marks.ts';
import { operand, planPackages } from './plan.ts';
import { architectureOf, keyOf, type Offers, type Package, parseOffers, parsePackages } from './records.ts';
import { restoreRemoved } from './removed.ts';
import { attempt, type Restoration } from './restoration.ts';
import { readBytes } from './root.ts';

/** Where so many fail one after another, the archive cannot be reached, say, and each would take its time to fail. */
const patience = 5;

/** The backup's packages, each in the backup's version where that is offered; then their selections, holds and marks. */
export async function restorePackages(restoration: Restoration): Promise<void> {
  const { machine, lists, report } = restoration;
  const wanted = parsePackages(readBytes(join(lists, 'packages.tsv')));
  const native = architectureOf(wanted) ?? '';
  // What a run that was killed has left half done.
  await attempt(report, 'dpkg --configure', () => machine.run('dpkg', ['--configure', '-a']));
  const offers = await askOffers(machine, wanted);
  const before = await presentPackages(machine);
  let unavailable: readonly Package[] = [];
  await withoutCopies(machine, async () => {
    await restoreRemoved(restoration, wanted, offers, native);
    const plan = planPackages(wanted, await presentPackages(machine), offers, native);
    unavailable = plan.unavailable;
    await installAll(restoration, plan.install);
  });
  await restoreMarks(restoration, wanted);
  await tellDifferences(restoration, wanted, before, new Set(unavailable.map(keyOf)));
}

async function askOffers(machine: Machine, wanted: readonly Package[]): Promise<Offers> {
  const names = wanted.map((one) => operand(one, false));
  return parseOffers(await machine.filter('xargs', ['-r', 'apt-cache', 'madison'], names.join('\n')));
}

/** All at once, as dependencies want it; where that fails, one by one, so that one that fails is one that is missing. */
async function installAll({ machine, report }: Restoration, operands: readonly string[]): Promise<void> {
  if (operands.length === 0) return;
  report.note('packages', `${operands.length} to install`);
  try {
    await machine.run('apt-get', [...install, ...operands]);
  } catch (error) {
    report.note(
      'packages',
      `not all at once (${error instanceof Error ? error.message : error}): one by one`,
    );
    await installEach(machine, operands, report);
  }
}

async function installEach(machine: Machine, operands: readonly string[], report: Report): Promise<void> {
  let failed = 0; // in a row
  for (const [i, one] of operands.entries()) {
    const once = ['-o', 'Acquire::Retries=0']; // it was retried with all the others
    const done = await attempt(report, one, () => machine.run('apt-get', [...once, ...install, one]));
    failed = done ? 0 : failed + 1;
    if (failed < patience) continue;
    const rest = operands.length - i - 1;
    if (rest > 0) report.loss('packages', `${rest} more were not tried: ${failed} in a row have failed`);
    return;
  }
}
