import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { copyIn } from './apt.ts';
import { parseLocalDiversions } from './records.ts';
import { attempt, type Restoration } from './restoration.ts';
import { readBytes } from './root.ts';

/**
 * The administrator's diversions, before the packages whose files they move, and then what stands in the place of those:
 * dpkg-divert(1). A file that is there already is a fresh package's and moves away.
 */
export async function restoreDiversions({ machine, workshop, report }: Restoration): Promise<void> {
  const file = '/var/lib/dpkg/diversions';
  const there = parseLocalDiversions(readBytes(machine.at(file)));
  for (const { from, to } of parseLocalDiversions(readBytes(machine.at(workshop + file)))) {
    const known = there.some((one) => one.from === from && one.to === to);
    const rename = existsSync(machine.at(from)) && !existsSync(machine.at(to)) ? '--rename' : '--no-rename';
    const add = async (): Promise<void> => {
      if (!known) await machine.run('mkdir', ['-p', '--', posix.dirname(to)]);
      if (!known) await machine.run('dpkg-divert', ['--local', '--divert', to, rename, '--add', from]);
      if (existsSync(machine.at(workshop + from))) await copyIn(machine, workshop, from);
    };
    await attempt(report, `the diversion of ${from}`, add);
  }
}
