import {
  type Call,
  failure,
  outputPaths,
  runCommand,
  setSearchPath,
  systemPath,
  usageError,
} from 'command-line';
import { listDates } from 'date-tree';
import { escapePath, fromText } from 'path-stream';
import { verifyDate } from './date/verify.ts';
import { findPaths, listPaths } from './restore/list.ts';
import { directoryOfDate, restorePaths } from './restore/restore.ts';
import { restoreSystem } from './restore/system/restore-system.ts';
import { openRoot } from './restore/system/root.ts';
import { command } from './restore-options.ts';
import { signerOf } from './verify-options.ts';

runCommand(command, async (call) => {
  setSearchPath(systemPath);
  const { options, operands, report } = call;
  const [date, ...wanted] = operands;
  if (date === undefined) return writeDates(call);
  const directory = directoryOfDate(options.staging, date);
  const { list, find, to, system } = options;
  const modes = [list, find.length > 0, to !== undefined, system !== undefined].filter(Boolean).length;
  if (modes > 1) throw usageError('--list, --find, --to, --system', 'given together', 'give one of them');
  if (options.to === undefined && wanted.length > 0)
    throw usageError(escapePath(wanted[0] ?? ''), 'a path, but nothing is restored', 'give --to DIR');
  if (options.list) return listPaths(call, directory);
  if (options.find.length > 0) return findPaths(call, directory);
  if (system !== undefined) {
    if (options.overwrite || options.component !== 'files')
      throw usageError(
        '--system',
        'takes neither --overwrite nor --component',
        'it overwrites, and needs both',
      );
    const root = openRoot(system);
    await requireVerified(call, directory, ['system', 'files']);
    return restoreSystem(directory, root, options, report);
  }
  if (options.to === undefined)
    throw usageError('hcoop-restore', 'nothing to do', 'give --list, --find, --to DIR or --system ROOT');
  await requireVerified(call, directory, [options.component]);
  await restorePaths(call, directory, options.to, wanted);
});

type RestoreCall = Call<(typeof command)['options']>;

async function writeDates(call: RestoreCall): Promise<void> {
  const output = outputPaths(call, call.options);
  const { staging } = call.options;
  for (const date of listDates(staging)) await output.add(fromText(`${staging}/${date}/`));
  await output.flush();
}

/** What was changed since it was signed is not restored, unless somebody who knows better says so. */
async function requireVerified(
  { options, report }: RestoreCall,
  directory: string,
  wanted: readonly string[],
): Promise<void> {
  if (options.unverified) return report.note(directory, 'restored from without being verified, as told');
  const losses = report.losses;
  const { components } = await verifyDate(directory, signerOf(options.signer), report);
  if (report.losses > losses)
    throw failure(
      directory,
      'does not verify: nothing was restored',
      'take another date, or give --unverified',
    );
  for (const name of wanted) {
    const status = components[name]?.status ?? 'not there';
    if (status !== 'ok') report.loss(`${directory}: ${name}`, `${status} when it was made`);
  }
}
