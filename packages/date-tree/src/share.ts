import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import { ChildFailure, captureOutput, type Report } from 'command-line';
import { statusDirectory } from './names.ts';

/** The number of the group that may read, as getent(1) knows it; undefined where the host has no such group (yet). */
export async function groupId(name: string, report: Report): Promise<number | undefined> {
  try {
    const line = (await captureOutput({ command: 'getent', args: ['group', name] })).toString();
    return Number(line.split(':')[2]);
  } catch (error) {
    if (!(error instanceof ChildFailure)) throw error;
    report.note(`group ${name}`, 'not on this host: the dates are readable for root only');
    return undefined;
  }
}

/**
 * Lets a group read a tree and its `.status`, where new files get the group by themselves. A tree that somebody has been
 * let into already is left as it is: an administrator's choice.
 */
export function shareTree(tree: string, gid: number | undefined): void {
  const status = statusDirectory(tree);
  mkdirSync(status, { recursive: true, mode: 0o700 });
  if (gid === undefined) return;
  for (const [path, mode] of [
    [tree, 0o750],
    [status, 0o2750],
  ] as const) {
    if ((statSync(path).mode & 0o7777) !== 0o700) continue;
    chownSync(path, process.getuid?.() ?? 0, gid);
    chmodSync(path, mode);
  }
}
