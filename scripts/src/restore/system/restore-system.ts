import { lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { captureOutput, failure, type Report, runPipeline } from 'command-line';
import { ownCommand } from '../../commands.ts';
import { type Keys, keyOptions } from '../../date/archives.ts';
import { restoreAccounts, settleAccounts } from './account-files.ts';
import { restoreAlternatives } from './alternatives.ts';
import { copyIn, restoreApt } from './apt.ts';
import { restoreAttributes } from './attributes.ts';
import { restoreDirectories } from './directories.ts';
import { restoreDiversions } from './diversions.ts';
import { restoreFiles } from './files.ts';
import { restoreLinks } from './links.ts';
import { removeMissing } from './missing.ts';
import { withAccountsOf, within, withMachine } from './namespace.ts';
import { restoreOverrides } from './overrides.ts';
import { restorePackages } from './packages.ts';
import { parsePackages } from './records.ts';
import { attempt, type Restoration } from './restoration.ts';
import { readBytes, requireSameSystem } from './root.ts';
import { withoutServices } from './services.ts';

/** Brings a date back onto a fresh Debian root (see openRoot), in the order in which each step finds what it needs. */
export async function restoreSystem(date: string, root: string, keys: Keys, report: Report): Promise<void> {
  const losses = report.losses;
  const files = join(date, 'files');
  await withMachine(root, report, async (machine) => {
    // In the root, so that programs in it can read what is unpacked.
    const workshop = mkdtempSync(join(root, 'var/tmp/hcoop-restore-'));
    let without: readonly string[] = [];
    try {
      const lists = await unpackSystem(join(date, 'system'), workshop, keys, report);
      await requireSameSystem(root, parsePackages(readBytes(join(lists, 'packages.tsv'))));
      const inside = workshop.slice(root === '/' ? 0 : root.length);
      without = await runSteps({ machine, report, workshop: inside, lists }, files, keys);
    } finally {
      rmSync(workshop, { recursive: true });
    }
    report.note('last step', 'owners, modes and times of directories');
    await attempt(report, 'directories', () => restoreDirectories({ machine, report }, files, keys, without));
  });
  if (report.losses > losses)
    report.note(root, 'not all of it was restored, as named above; it can be run again');
  else report.note(root, 'restored; before it starts, look at /etc/fstab, the network and the boot loader');
}

/** The system component, and where its lists are: below the state directory, wherever the host had that. */
async function unpackSystem(component: string, to: string, keys: Keys, report: Report): Promise<string> {
  const archives = [...keyOptions(keys), '-d', component];
  const listed = await captureOutput(ownCommand('encrypt-tar', ['--list', '-0', ...archives], report));
  const name = listed
    .toString('latin1')
    .split('\0')
    .find((path) => path.endsWith('/system/packages.tsv'));
  if (name === undefined) throw failure(component, 'no list of packages in it');
  const extract = ['--extract', '--overwrite', '--to', to, ...archives];
  // Its accounts first, for the names in its ACLs are theirs.
  const first = ownCommand('encrypt-tar', [...extract, '--select', '-'], report);
  const codes = await runPipeline([first], {
    input: async (stdin) => void stdin.write('/etc/passwd\n/etc/group\n'),
  });
  const all = ownCommand('encrypt-tar', extract, report);
  codes.push(...(await withAccountsOf(to, (enter) => runPipeline([within(enter, all)]))));
  if (codes.some((code) => code !== 0))
    report.loss(component, 'not all of it could be unpacked, as named above');
  return join(to, dirname(name));
}

/**
 * Each step whatever became of those before it; what it could not do is named and counted. Returns the paths of the backup that
 * are not for this root.
 */
async function runSteps(restoration: Restoration, files: string, keys: Keys): Promise<readonly string[]> {
  let without: readonly string[] = ['/var/lib/dpkg'];
  const { machine, report } = restoration;
  const steps: readonly (readonly [string, () => Promise<void>])[] = [
    ['accounts', () => restoreAccounts(restoration)],
    ["apt's sources and keys", () => withoutServices(machine, () => restoreApt(restoration))],
    ['debconf', () => restoreDebconf(restoration)],
    ['links in place of directories', () => restoreLinks(restoration, files, keys)],
    ['local diversions', () => restoreDiversions(restoration)],
    ['packages', () => withoutServices(machine, () => restorePackages(restoration))],
    ['deleted files of packages', () => removeMissing(restoration)],
    ['statoverrides', () => restoreOverrides(restoration)],
    [
      'files',
      async () => {
        without = [...without, ...(await settleAccounts(restoration))];
        await restoreFiles(restoration, files, keys, without);
      },
    ],
    ['attributes of directories', () => restoreAttributes(restoration)],
    ['alternatives', () => restoreAlternatives(restoration)],
    ['what is made from the files', () => regenerate(restoration)],
  ];
  for (const [i, [name, work]] of steps.entries()) {
    report.note(`step ${i + 1} of ${steps.length}`, name);
    await attempt(report, name, work);
  }
  return without;
}

/** The answers of the administrator, before the packages that would ask: the three files belong together, debconf(7). */
async function restoreDebconf({ machine, workshop }: Restoration): Promise<void> {
  for (const name of ['config.dat', 'passwords.dat', 'templates.dat']) {
    const path = `/var/cache/debconf/${name}`;
    if (lstatSync(machine.at(workshop + path), { throwIfNoEntry: false }))
      await copyIn(machine, workshop, path);
  }
}

/** What packages made from files that were not there yet, and no backup has. */
async function regenerate({ machine, report }: Restoration): Promise<void> {
  await attempt(report, 'ldconfig', () => machine.run('ldconfig', []));
  if (machine.has('/usr/sbin/update-initramfs'))
    await attempt(report, 'update-initramfs', () => machine.run('update-initramfs', ['-u', '-k', 'all']));
}
