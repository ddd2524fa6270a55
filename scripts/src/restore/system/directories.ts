import { type BigIntStats, chmodSync, lchownSync, lstatSync, realpathSync } from 'node:fs';
import { reason } from 'command-line';
import { type BytePath, escapePath, toFs } from 'path-stream';
import type { Keys } from '../../date/archives.ts';
import { type Metadata, readEntries } from './index-entries.ts';
import { attempt, type Restoration } from './restoration.ts';

/** What is mounted there is the running kernel's, not the backup's. */
export const mounted: ReadonlySet<BytePath> = new Set(['/dev', '/proc', '/run', '/sys']);

/**
 * Directories that were there before keep their owner, mode and times when files are put into them: they get those of the
 * backup. The last step, when nothing is put anywhere any more.
 */
export async function restoreDirectories(
  { machine, report }: Pick<Restoration, 'machine' | 'report'>,
  files: string,
  keys: Keys,
  without: readonly BytePath[],
): Promise<void> {
  const own = machine.root === '/' ? '' : machine.root;
  const times: string[] = [];
  await readEntries(files, keys, ({ path, directory }) => {
    if (directory === undefined || mounted.has(path) || isIn(path, without)) return;
    try {
      if (settle(path === '/' ? machine.root : own + path, directory))
        times.push('-d', `@${directory.mtime}`, path);
    } catch (error) {
      report.loss(escapePath(path), `a directory that is not as it was: ${reason(error)}`);
    }
  });
  // touch(1), for Node takes a time as a number, which does not hold nanoseconds.
  const records = times.map((word) => `${word}\0`).join('');
  await attempt(report, 'times of directories', async () => {
    await machine.filter('xargs', ['-0', '-r', '-n', '3', 'touch'], records);
  });
}

/** Gives a directory its owner and mode; returns whether its time is another one. */
function settle(place: BytePath, { mode, uid, gid, mtime }: Metadata): boolean {
  const found: BigIntStats | undefined = lstatSync(toFs(place), { bigint: true, throwIfNoEntry: false });
  // What is no directory was named when the files came. Through a link in its path, it would be the running system's.
  if (!found?.isDirectory() || realpathSync(toFs(place), 'latin1') !== place) return false;
  if (Number(found.uid) !== uid || Number(found.gid) !== gid) lchownSync(toFs(place), uid, gid);
  if ((Number(found.mode) & 0o7777) !== mode) chmodSync(toFs(place), mode);
  return found.mtimeNs !== BigInt(mtime.replace('.', ''));
}

function isIn(path: BytePath, directories: readonly BytePath[]): boolean {
  return directories.some((directory) => path === directory || path.startsWith(`${directory}/`));
}
