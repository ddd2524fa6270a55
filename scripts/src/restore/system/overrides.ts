import { parseOverrides } from './records.ts';
import { attempt, type Restoration } from './restoration.ts';
import { readBytes } from './root.ts';

/** Owners and modes that dpkg is to give to files of packages: dpkg-statoverride(1). */
export async function restoreOverrides({ machine, workshop, report }: Restoration): Promise<void> {
  const file = '/var/lib/dpkg/statoverride';
  const there = new Set(parseOverrides(readBytes(machine.at(file))).map((one) => JSON.stringify(one)));
  for (const one of parseOverrides(readBytes(machine.at(workshop + file)))) {
    if (there.has(JSON.stringify(one))) continue;
    const args = ['--force-statoverride-add', '--update', '--add', one.owner, one.group, one.mode, one.path];
    await attempt(report, `the statoverride of ${one.path}`, () => machine.run('dpkg-statoverride', args));
  }
}
