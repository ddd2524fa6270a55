import { install, presentPackages } from './apt-get.ts';
import { isInstalled, offersOf, operand } from './plan.ts';
import { keyOf, type Offers, type Package } from './records.ts';
import { attempt, type Restoration } from './restoration.ts';

/**
 * Packages that were removed and not purged: installed and removed again, for only dpkg itself can write down which conffiles
 * they have left. Before the others, with which they may be in conflict.
 */
export async function restoreRemoved(
  { machine, report }: Restoration,
  wanted: readonly Package[],
  offers: Offers,
  native: string,
): Promise<void> {
  const before = await presentPackages(machine);
  const states = new Map(before.map((one) => [keyOf(one), one.state]));
  const removed = wanted.filter((one) => !isInstalled(one));
  for (const one of removed.filter((one) => !states.has(keyOf(one)))) {
    const offered = offersOf(one, offers, native);
    if (offered.length === 0)
      report.loss(
        one.name,
        'removed with its conffiles left, and not offered any more: dpkg will not know of those',
      );
    else
      await attempt(report, one.name, () =>
        machine.run('apt-get', [...install, operand(one, offered.includes(one.version))]),
      );
  }
  const known = new Set(wanted.filter(isInstalled).map(keyOf));
  const there = (await presentPackages(machine)).filter(isInstalled);
  const names = new Set(removed.map(keyOf));
  const gone = there.filter((one) => names.has(keyOf(one)));
  for (const one of gone)
    await attempt(report, one.name, () => machine.run('dpkg', ['--remove', operand(one, false)]));
  // What these needed and the backup has not.
  const helpers = there.filter(
    (one) => !states.has(keyOf(one)) && !known.has(keyOf(one)) && !names.has(keyOf(one)),
  );
  if (helpers.length > 0)
    await attempt(report, 'dpkg --purge', () =>
      machine.run('dpkg', ['--purge', ...helpers.map((one) => operand(one, false))]),
    );
}
