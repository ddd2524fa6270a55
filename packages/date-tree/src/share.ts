import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { ChildFailure, captureOutput, failure, type Report } from 'command-line';
import { syncDirectory } from 'sealed-file';
import { listDates } from './date.ts';
import { statusDirectory } from './names.ts';

/** The number of the group that may read, as getent(1) knows it; undefined where the host has no such group (yet). */
export async function groupId(name: string, report: Report): Promise<number | undefined> {
  try {
    const line = (await captureOutput({ command: 'getent', args: ['group', name] })).toString();
    return Number(line.split(':')[2]);
  } catch (error) {
    // getent(1): 2 is for a name that is not there; anything else is a failure.
    if (!(error instanceof ChildFailure) || error.childExitCode !== 2) throw error;
    report.note(`group ${name}`, 'not on this host: the dates are readable for root only');
    return undefined;
  }
}

/**
 * Lets a group read a tree and its `.status`, where new files get the group by themselves, and what is in them by then. A
 * tree that somebody has been let into already is left as it is: an administrator's choice.
 */
export async function shareTree(
  tree: string,
  gid: number | undefined,
  report: Pick<Report, 'note'>,
): Promise<void> {
  const status = statusDirectory(tree);
  mkdirSync(status, { recursive: true, mode: 0o700 });
  if (gid === undefined) return;
  if (open(status, 0o2750, gid))
    for (const name of readdirSync(status)) chownSync(join(status, name), ownUid(), gid);
  if (open(tree, 0o750, gid)) for (const date of listDates(tree)) await settle(join(tree, date), gid);
  const { mode, gid: group } = statSync(tree);
  if ((mode & 0o005) === 0 && (group !== gid || (mode & 0o050) === 0))
    report.note(
      tree,
      `group ${gid} cannot enter it: nothing can be pulled until its mode or group is changed`,
    );
}

/** Whether a directory had been its owner's alone, and is shared from here on. */
function open(path: string, mode: number, gid: number): boolean {
  if ((statSync(path).mode & 0o777) !== 0o700) return false;
  chownSync(path, ownUid(), gid);
  chmodSync(path, mode);
  return true;
}

/** Gives a date to this user and a group, directories 0750, files 0640, and makes all of it durable. */
export async function settle(path: string, gid: number): Promise<void> {
  const stats = lstatSync(path);
  if (!stats.isDirectory() && !stats.isFile())
    throw failure(path, 'neither a file nor a directory: not published');
  if (stats.isDirectory()) for (const name of readdirSync(path)) await settle(join(path, name), gid);
  chownSync(path, ownUid(), gid);
  chmodSync(path, stats.isDirectory() ? 0o750 : 0o640);
  if (stats.isDirectory()) await syncDirectory(path);
  else syncFile(path);
}

function syncFile(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function ownUid(): number {
  return process.getuid?.() ?? 0;
}
