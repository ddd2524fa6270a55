import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Restoration } from './restoration.ts';
import { readBytes } from './root.ts';

/**
 * Removes what the administrator had removed of packages, and what unpacking them has brought back. In the machine, for a
 * name may lead through its links; directories only where nothing is left in them.
 */
export async function removeMissing({ machine, lists, report }: Restoration): Promise<void> {
  const list = join(lists, 'missing');
  if (!existsSync(list))
    return report.note('deleted files', 'not recorded in this date: packages have them again');
  const names = readBytes(list).split('\0').slice(0, -1);
  const files = names.filter((name) => !name.endsWith('/'));
  const directories = names.filter((name) => name.endsWith('/')).reverse();
  const records = (paths: readonly string[]): string => paths.map((path) => `${path}\0`).join('');
  const removed = await machine.filter('xargs', ['-0', '-r', 'rm', '-fv', '--'], records(files));
  const empty = ['-files0-from', '-', '-maxdepth', '0', '-type', 'd', '-empty', '-delete'];
  if (directories.length > 0) await machine.filter('find', empty, records(directories), anyCode);
  const count = removed.split('\n').length - 1;
  if (count > 0) report.note('deleted files', `${count} removed that the administrator had removed`);
  for (const line of removed.split('\n').slice(0, -1)) report.detail('deleted files', line);
}

/** Most of them are not there at all, which find(1) takes for an error. */
const anyCode = (exitCode: number): boolean => exitCode <= 1;
