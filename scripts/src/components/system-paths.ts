import { existsSync } from 'node:fs';
import { type Report, runPipeline } from 'command-line';
import type { BytePath } from 'path-stream';
import { storeFile } from 'sealed-file';
import { ownCommand } from '../commands.ts';
import { readSources, signingKeys } from '../restore/system/apt-sources.ts';
import { parseLocalDiversions } from '../restore/system/records.ts';
import { readBytes } from '../restore/system/root.ts';
import { listFiles } from '../selection/list-files.ts';
import { readList } from '../selection/lists.ts';
import type { Settings } from '../settings/schema.ts';

/**
 * Directories that a new root may have before any file is brought back, and whose ACLs and extended attributes are to be set
 * by themselves: those near the top, and those of packages that dpkg-orphans found to have some.
 */
export async function sharedDirectories(settings: Settings): Promise<BytePath[]> {
  const { found, paths } = listFiles(settings);
  const directories = new Set<BytePath>();
  const take = async (list: string, pattern: RegExp): Promise<void> => {
    if (!existsSync(list)) return;
    for await (const batch of readList(list))
      for (const record of batch) {
        const path = pattern.exec(record)?.[1];
        if (path !== undefined) directories.add(path);
      }
  };
  await take(paths, /^((?:\/[^/]*){1,3}\/)$/);
  await take(found, /^unverifiable\t(.*\/)$/s);
  return [...directories];
}

/** What packages own and is gone: a reinstall brings it back, and is to be told that somebody did not want it. */
export async function writeMissing(
  path: string,
  { files: { roots } }: Settings,
  report: Report,
): Promise<boolean> {
  const stage = ownCommand('dpkg-orphans', ['-0', '--missing', '--', ...roots], report);
  let complete = true;
  await storeFile(path, async (handle) => {
    const [exitCode] = await runPipeline([stage], { output: handle.fd });
    complete = exitCode === 0;
  });
  return complete;
}

/** What the administrator has put in the place of files of packages: it is needed before these are unpacked. */
export function divertedFiles(): string[] {
  return parseLocalDiversions(readBytes('/var/lib/dpkg/diversions')).map(({ from }) => from);
}

/** The keys of apt's sources that are not with apt's own. */
export function keysOfSources(): string[] {
  return signingKeys(readSources('/'));
}
