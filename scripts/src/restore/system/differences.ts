import { presentPackages } from './apt-get.ts';
import { isInstalled } from './plan.ts';
import { keyOf, type Package } from './records.ts';
import type { Restoration } from './restoration.ts';

/** Every package that is not as it was, whatever the reason. */
export async function tellDifferences(
  { machine, report }: Restoration,
  wanted: readonly Package[],
  before: readonly Package[],
  unavailable: ReadonlySet<string>,
): Promise<void> {
  const present = await presentPackages(machine);
  const here = new Map(present.filter(isInstalled).map((one) => [keyOf(one), one]));
  const needed = wanted.filter(isInstalled);
  for (const one of needed) {
    const found = here.get(keyOf(one));
    const why = unavailable.has(keyOf(one))
      ? 'not offered: its files come back, and dpkg does not know of them'
      : 'not installed';
    if (found === undefined) report.loss(`${one.name} ${one.version}`, why);
    else if (found.version !== one.version)
      report.note(one.name, `${found.version}, for the backup's ${one.version} was not to be had`);
  }
  const keys = new Set(needed.map(keyOf));
  const fresh = new Set(before.filter(isInstalled).map(keyOf));
  const extra = [...here.values()].filter((one) => !keys.has(keyOf(one)));
  const [old, added] = [true, false].map((was) =>
    extra.filter((one) => fresh.has(keyOf(one)) === was).map(({ name }) => name),
  );
  const gone = before.filter((one) => isInstalled(one) && !here.has(keyOf(one))).map(({ name }) => name);
  if (gone.length > 0) report.note('packages', `removed from the new root: ${gone.join(', ')}`);
  if (old?.length) report.note('packages', `only the new root has these, which stay: ${old.join(', ')}`);
  if (added?.length)
    report.note('packages', `needed by other versions than the backup's: ${added.join(', ')}`);
}
