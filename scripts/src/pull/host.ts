import { basename, join } from 'node:path';
import { CommandError, failure, interruption, type Report, type Values } from 'command-line';
import { clearWork, listDates, makeTree, manifestDigest, placeDate, workDirectory } from 'date-tree';
import { expireDates, holdsOnlyWhole, isWhole } from '../date/kept.ts';
import type { Manifest } from '../date/manifest.ts';
import { holdTree } from '../lock.ts';
import type { command } from '../pull-options.ts';
import { copyVerified } from './copy.ts';
import { giveReceipt } from './receipt.ts';
import { type Remote, requestBackup, requestStatus } from './remote.ts';
import { requireSigner, signerOf } from './signer.ts';
import { checkSuccession } from './succession.ts';

/** What became of one host. */
export interface Pulled {
  readonly host: string;
  readonly result: string;
  readonly path?: string;
  readonly date?: string;
  readonly sequence?: number;
  readonly bytes?: number;
  readonly seconds?: number;
  readonly held?: number;
}

export interface PullTask {
  readonly host: string;
  /** Where the host's dates are kept: DEST/HOST. */
  readonly tree: string;
  readonly destination: string;
  readonly options: Values<(typeof command)['options']>;
  readonly report: Report;
}

/** In the tree's `.work`: what has come so far of a date; a pull that broke off goes on from it. */
const incoming = 'incoming';

/**
 * Pulls one host: has it make a date, copies that (unchanged files as hard links of what is here), verifies it without any
 * key that opens it, and only then gives it its name. The dates of before go when enough verified ones are there.
 */
export async function pullHost(task: PullTask): Promise<Pulled> {
  const { host, tree, options, report } = task;
  const began = performance.now();
  const remote: Remote = { host, sshConfig: options['ssh-config'], report };
  makeTree(tree);
  holdTree(workDirectory(tree));
  await clearWork(tree, incoming);
  requireSigner(task);

  const source = await newestOn(remote, options['no-backup']);
  const signer = await signerOf(task, remote);
  const place = join(workDirectory(tree), incoming, basename(source));
  const manifest = await copyVerified(task, source, place, signer);
  checkSuccession(manifest, manifestDigest(place), tree, report);
  nameFaults(host, manifest, report);
  if (!isWhole(manifest) && holdsOnlyWhole(tree, manifest.date, report))
    throw failure(host, `this ${manifest.date} is incomplete, and the one here is the only whole date`);
  const path = await placeDate(place, tree);
  await afterwards(task, remote, manifest, path);
  return {
    ...{ host, path, date: manifest.date, sequence: manifest.sequence, held: listDates(tree).length },
    bytes: bytesIn(manifest),
    seconds: (performance.now() - began) / 1000,
    result: report.losses === 0 ? 'verified' : 'verified, with losses named above',
  };
}

/** The date is here and has its name: what fails from here on is a loss, and no reason to call it anything else. */
async function afterwards(task: PullTask, remote: Remote, manifest: Manifest, path: string): Promise<void> {
  const { tree, options, report } = task;
  try {
    await expireDates(tree, options.keep, report);
    if (!options['no-receipt']) await giveReceipt(task, remote, manifest, path);
  } catch (error) {
    if (!(error instanceof CommandError) || interruption.aborted) throw error;
    report.loss(error.what, error.why, error.hint);
  }
}

/** The newest date on a host, made for this pull; where the host can make none, the one that it has is better than none. */
async function newestOn(remote: Remote, asItIs: boolean): Promise<string> {
  if (!asItIs)
    try {
      return await requestBackup(remote);
    } catch (error) {
      if (!(error instanceof CommandError) || interruption.aborted) throw error;
      remote.report.loss(error.what, error.why, 'the newest date that is published there is pulled instead');
    }
  const { latest } = await requestStatus(remote);
  if (latest === null) throw failure(remote.host, 'has published no date');
  return latest.path;
}

/** What was missing when the date was made is missing here too, however well it verifies. */
function nameFaults(host: string, { components }: Manifest, report: Report): void {
  for (const [name, { status }] of Object.entries(components))
    if (status === 'incomplete' || status === 'failed')
      report.loss(`${host}: ${name}`, `${status} when it was made`);
}

function bytesIn({ components }: Manifest): number {
  const files = Object.values(components).flatMap((component) => component.files);
  return files.reduce((sum, { size }) => sum + size, 0);
}
