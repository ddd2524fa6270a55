import { existsSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { type Report, runPipeline } from 'command-line';
import { PathWriter, readPaths } from 'path-stream';
import { ownCommand } from '../../commands.ts';
import { type Keys, keyOptions } from '../../date/archives.ts';
import { Covering } from './covering.ts';
import { withAccountsOf, within } from './namespace.ts';
import { attempt, type Restoration } from './restoration.ts';

/** What of the old machine may not fit the new one, and is overwritten: a copy of the new one's is kept. */
const machineOwn = [
  'fstab',
  'crypttab',
  'hostname',
  'hosts',
  'network',
  'netplan',
  'systemd/network',
  'machine-id',
];
const kept = '/var/backups/hcoop-restore';

/** The files component over what is there, but for some paths. */
export async function restoreFiles(
  { machine, report }: Restoration,
  component: string,
  keys: Keys,
  without: readonly string[],
): Promise<void> {
  await attempt(report, kept, () => keepOwn({ machine, report }));
  const names = await covering(component, keys, without, report);
  const args = ['--extract', '--overwrite', ...keyOptions(keys), '--to', machine.root, '-d', component];
  const select = names === undefined ? [] : ['-0', '--select', '-'];
  const extract = ownCommand('encrypt-tar', [...args, ...select], report);
  const input = async (stdin: Writable): Promise<void> => {
    const list = new PathWriter(stdin, '\0', () => {});
    for (const name of names ?? []) await list.add(name);
    await list.flush();
  };
  const [exitCode] = await withAccountsOf(machine.root, (enter) =>
    runPipeline([within(enter, extract)], names === undefined ? {} : { input }),
  );
  if (exitCode !== 0) report.loss('files', 'not all of them were restored, as named above');
}

async function keepOwn({ machine, report }: Pick<Restoration, 'machine' | 'report'>): Promise<void> {
  if (existsSync(machine.at(kept))) return; // from a run before this one, which has overwritten them
  const own = machineOwn.map((name) => `/etc/${name}`).filter((path) => existsSync(machine.at(path)));
  if (own.length === 0) return;
  await machine.run('mkdir', ['-p', '-m', '0700', kept]);
  await machine.run('cp', ['-a', '--parents', '-t', kept, '--', ...own]);
  report.note(kept, 'what the new root had of these: fstab, hostname, network');
}

/** The names to ask for; undefined for all. */
async function covering(
  component: string,
  keys: Keys,
  without: readonly string[],
  report: Report,
): Promise<readonly string[] | undefined> {
  const wanted = new Covering(without);
  const list = ownCommand('encrypt-tar', ['--list', '-0', ...keyOptions(keys), '-d', component], report);
  await runPipeline([list], {
    output: async (stdout) => {
      for await (const paths of readPaths(stdout, '\0')) for (const path of paths) wanted.add(path);
    },
  });
  return wanted.names;
}
