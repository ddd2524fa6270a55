import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CommandError, failure, interruption, type Report, runPipeline } from 'command-line';
import { isDate, listDates } from 'date-tree';
import type { Manifest } from '../date/manifest.ts';
import { verifyDate } from '../date/verify.ts';
import type { PullTask } from './host.ts';
import { sshCommand } from './remote.ts';

/** A pull that lasts longer than this, in seconds, has come to a host that wants it to. */
const longest = 86_400;

/** So many of a date's faults are named: a host can make as many as it likes. */
const mostFaults = 20;

/** rsync takes no more directories than this to link from. */
const mostLinked = 20;

/**
 * Copies a date from a host to `place` and verifies it without any key that opens it: signature, sums, nothing missing and
 * nothing added. Where that fails, everything is compared by content once more, for a copy of before that has rotted here
 * is linked into the new date unseen; what still does not verify is an error.
 */
export async function copyVerified(
  task: PullTask,
  source: string,
  place: string,
  signer: string,
): Promise<Manifest> {
  const { host, report } = task;
  makeRoom(place);
  await copy(task, source, place, []);
  const first = await verify(place, signer, report.part(mostFaults));
  if (first !== undefined) return first;
  report.note(host, 'what came does not verify: compared by content now');
  await copy(task, source, place, ['--checksum']);
  const second = await verify(place, signer, report.part(mostFaults));
  if (second !== undefined) return second;
  throw failure(
    host,
    'does not verify, and is not kept as a date',
    `what came is in ${place}; the dates of before stay`,
  );
}

/** Takes over what has come of an earlier date: much of it may be the same. */
function makeRoom(place: string): void {
  const around = dirname(place);
  mkdirSync(around, { recursive: true, mode: 0o700 });
  const [other, ...more] = readdirSync(around).filter((name) => isDate(name) && name !== basename(place));
  for (const name of more) rmSync(join(around, name), { recursive: true });
  if (other === undefined) return;
  if (readdirSync(around).includes(basename(place))) rmSync(join(around, other), { recursive: true });
  else renameSync(join(around, other), place);
}

/** rsync(1), with files that a date of before has made into hard links of it. Neither owners nor links are taken over. */
async function copy(
  { host, tree, options, report }: PullTask,
  source: string,
  place: string,
  more: readonly string[],
): Promise<void> {
  const shell = sshCommand({ sshConfig: options['ssh-config'] }).join(' ');
  const linked = listDates(tree)
    .slice(-mostLinked)
    .map((date) => `--link-dest=${join(tree, date)}`);
  const args = ['-rt', '--delete', '--partial', `--timeout=${options.timeout}`, ...more, ...linked];
  await runPipeline([
    {
      name: `${host}: rsync`,
      command: 'timeout',
      args: [String(longest), options.rsync, ...args, '-e', shell, '--', `${host}:${source}/`, `${place}/`],
      onMessage: (line) => report.detail(`${host} says`, line),
    },
  ]);
  await runPipeline([{ command: 'sync', args: ['-f', place] }]);
}

/** The manifest of a date that verifies; undefined for one that does not: every fault has been named. */
async function verify(place: string, signer: string, report: Report): Promise<Manifest | undefined> {
  try {
    const manifest = await verifyDate(place, signer, report);
    return report.losses === 0 ? manifest : undefined;
  } catch (error) {
    if (!(error instanceof CommandError) || interruption.aborted) throw error;
    report.loss(error.what, error.why, error.hint);
    return undefined;
  }
}
