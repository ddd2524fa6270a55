import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Call,
  captureOutput,
  failure,
  type Report,
  runPipeline,
  type Stage,
  usageError,
  withScratch,
} from 'command-line';
import { type BytePath, escapePath, toText } from 'path-stream';
import { ownCommand } from '../commands.ts';
import { keyOptions } from '../date/archives.ts';
import type { command } from '../restore-options.ts';

type RestoreCall = Call<(typeof command)['options']>;

/** Restores a volume of a date's dumps: its files, or some of them, below a directory; or all of it as a volume of a cell. */
export function restoreVolume(
  call: RestoreCall,
  dumps: string,
  volume: string,
  wanted: readonly BytePath[],
): Promise<void> {
  const { to, server, partition } = call.options;
  if (to !== undefined && server === undefined) return restoreFiles(call, dumps, volume, to, wanted);
  if (to !== undefined || server === undefined)
    throw usageError('--volume', 'no place to restore it to, or two', 'give --to DIR, or --server HOST');
  if (wanted.length > 0) throw usageError(escapePath(wanted[0] ?? ''), 'a path, but a whole volume is made');
  if (partition === undefined)
    throw usageError('--partition', 'not given', 'vos listpart tells which there are');
  return restoreToServer(call, dumps, volume, { server, partition });
}

async function restoreFiles(
  { options, report }: RestoreCall,
  dumps: string,
  volume: string,
  to: string,
  wanted: readonly BytePath[],
): Promise<void> {
  const extract = ['--extract', ...keyOptions(options), '-d', dumps, '--to', to, '--', volume];
  const [exitCode] = await runPipeline([
    ownCommand('afs-vol-dump', [...extract, ...wanted.map(asArgument)], report),
  ]);
  if (exitCode !== 0) report.loss(volume, 'not all of it was restored, as named above');
  else report.note(volume, `restored to ${join(to, volume)}`);
}

function asArgument(path: BytePath): string {
  const text = toText(path);
  if (text === undefined)
    throw usageError(escapePath(path), 'not valid UTF-8', 'restore the directory that it is in');
  return text;
}

/** The whole dump is in a file, and found to be good, before anything of the cell is touched. */
async function restoreToServer(
  { options, report }: RestoreCall,
  dumps: string,
  volume: string,
  { server, partition }: { server: string; partition: string },
): Promise<void> {
  const { overwrite } = options;
  const name = options.as ?? volume;
  const auth = options.localauth ? ['-localauth'] : [];
  if (!overwrite && (await isInVldb(name, auth)))
    throw failure(
      name,
      'there is such a volume already',
      'give --as NAME, or --overwrite to replace all that it has',
    );
  await withScratch(tmpdir(), 'hcoop-restore', report, async (scratch) => {
    const file = join(scratch, 'dump');
    await extractDump(volume, [...keyOptions(options), '-d', dumps], file, report);
    const how = ['-overwrite', overwrite ? 'full' : 'abort', ...auth];
    const where = ['-server', server, '-partition', partition, '-name', name];
    await runPipeline([{ ...vos('restore', [...where, '-file', file, ...how]), endsUnread: 0 }]);
  });
  report.note(name, `restored to ${server} ${partition}: fs mkmount makes it a place in the tree`);
}

async function extractDump(
  volume: string,
  from: readonly string[],
  file: string,
  report: Report,
): Promise<void> {
  const args = ['--extract', ...from, '-o', file, '--', volume];
  const [exitCode] = await runPipeline([ownCommand('afs-vol-dump', args, report)]);
  if (exitCode !== 0) throw failure(volume, 'its dumps do not make a whole: nothing was restored');
}

async function isInVldb(name: string, auth: readonly string[]): Promise<boolean> {
  const stage = { ...vos('listvldb', ['-name', name, ...auth]), accept: () => true };
  return (await captureOutput(stage)).toString('latin1').includes('number of sites');
}

function vos(what: string, args: readonly string[]): Stage {
  return {
    command: 'vos',
    name: `vos ${what}`,
    args: [what, ...args],
    noise: /could not get afs tokens|^Error in vos /i,
  };
}
