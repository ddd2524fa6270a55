import { chmodSync, lchownSync, lstatSync } from 'node:fs';
import { captureOutput, type Report, reason } from 'command-line';
import { escapePath, toFs } from 'path-stream';

/**
 * Gives the files of a root's own file system to the numbers that their owners have now. All are found before the first is
 * changed, for one account's new number may be another's old one. What is mounted below is not the fresh root's.
 */
export async function giveOver(
  root: string,
  uids: ReadonlyMap<number, number>,
  gids: ReadonlyMap<number, number>,
  report: Report,
): Promise<void> {
  if (uids.size + gids.size === 0) return;
  const tests = [
    ...[...uids.keys()].map((id) => ['-uid', String(id)]),
    ...[...gids.keys()].map((id) => ['-gid', String(id)]),
  ];
  const args = [
    root,
    '-xdev',
    '(',
    ...tests.flatMap((test, i) => (i === 0 ? test : ['-o', ...test])),
    ')',
    '-print0',
  ];
  const found = await captureOutput({ command: 'find', args });
  const paths = found.toString('latin1').split('\0').slice(0, -1);
  const seen = new Set<string>();
  const changes = paths.flatMap((path) => {
    const { dev, ino, uid, gid, mode } = lstatSync(toFs(path));
    const inode = `${dev}:${ino}`;
    if (seen.has(inode)) return []; // another name of one that is done
    seen.add(inode);
    return [{ path, uid: uids.get(uid) ?? uid, gid: gids.get(gid) ?? gid, mode }];
  });
  for (const { path, uid, gid, mode } of changes) {
    try {
      lchownSync(toFs(path), uid, gid);
      // chown(2) takes the set-ID bits away, even from root.
      if ((mode & 0o6000) !== 0 && (mode & 0o170000) === 0o100000) chmodSync(toFs(path), mode & 0o7777);
    } catch (error) {
      report.loss(escapePath(path), `still owned by the new root's number: ${reason(error)}`);
    }
  }
  report.note('accounts', `${changes.length} files of the new root given to the new numbers of their owners`);
}
