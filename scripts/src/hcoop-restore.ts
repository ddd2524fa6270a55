import { join } from 'node:path';
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
import { restoreDatabase } from './restore/database.ts';
import { findPaths, listPaths } from './restore/list.ts';
import { dateAndPaths, restorePaths } from './restore/restore.ts';
import { restoreSystem } from './restore/system/restore-system.ts';
import { openRoot } from './restore/system/root.ts';
import { restoreVolume } from './restore/volume.ts';
import { command } from './restore-options.ts';
import { signerOf } from './verify-options.ts';

runCommand(command, async (call) => {
  setSearchPath(systemPath);
  const { options, report } = call;
  const asked = dateAndPaths(call);
  if (asked === undefined) return writeDates(call);
  const { directory, wanted } = asked;
  const { list, find, to, system, volume } = options;
  if (volume !== undefined) {
    refuseBeside('--volume', { list, system: system !== undefined, find: find.length > 0 });
    await requireVerified(call, directory, ['volumes']);
    return restoreVolume(call, join(directory, 'volumes'), volume, wanted);
  }
  if (options.database) {
    refuseBeside('--database', { list, system: system !== undefined, find: find.length > 0 });
    await requireVerified(call, directory, ['databases']);
    return restoreDatabase(call, join(directory, 'databases'), wanted);
  }
  refuseBeside('a date without --volume or --database', {
    into: options.into !== undefined,
    server: options.server !== undefined,
    as: options.as !== undefined,
  });
  const modes = [list, to !== undefined, system !== undefined].filter(Boolean).length;
  if (modes > 1 || (find.length > 0 && (list || system !== undefined)))
    throw usageError('--list, --to, --system', 'given together', 'give one of them; --find goes with --to');
  if (to === undefined && wanted.length > 0)
    throw usageError(escapePath(wanted[0] ?? ''), 'a path, but nothing is restored', 'give --to DIR');
  if (find.length > 0 && wanted.length > 0)
    throw usageError(escapePath(wanted[0] ?? ''), 'a path beside --find', 'give one or the other');
  if (list) return listPaths(call, directory);
  if (find.length > 0 && to === undefined) return findPaths(call, directory);
  if (system !== undefined) {
    if (options.overwrite || options.component !== 'files' || options.owners !== 'number')
      throw usageError(
        '--system',
        'takes neither --overwrite nor --component nor --owners',
        'it overwrites, needs both, and brings the accounts with it',
      );
    const root = openRoot(system);
    await requireVerified(call, directory, ['system', 'files']);
    return restoreSystem(directory, root, options, report);
  }
  if (to === undefined)
    throw usageError('hcoop-restore', 'nothing to do', 'give --list, --find, --to DIR or --system ROOT');
  await requireVerified(call, directory, [options.component]);
  await restorePaths(call, directory, to, wanted);
});

/** Options that make no sense beside another one. */
function refuseBeside(what: string, given: Readonly<Record<string, boolean>>): void {
  const [name] = Object.entries(given).find(([, isGiven]) => isGiven) ?? [];
  if (name !== undefined) throw usageError(`--${name}`, `not for ${what}`);
}

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
