import { join } from 'node:path';
import { type Report, runPipeline } from 'command-line';
import { ownCommand } from '../commands.ts';
import type { Manifest } from './manifest.ts';

/** What opens a date's archives. */
export interface Keys {
  readonly identity: readonly string[];
  readonly 'key-file': string | undefined;
}

/** The same for encrypt-tar. */
export function keyOptions(keys: Keys): string[] {
  const keyFile = keys['key-file'];
  return [
    ...keys.identity.flatMap((file) => ['-i', file]),
    ...(keyFile === undefined ? [] : ['--key-file', keyFile]),
  ];
}

/** The components of a date that are directories of archives with an index. */
export function archiveDirectories(directory: string, components: Manifest['components']): string[] {
  return Object.entries(components)
    .filter(([name, { files }]) => files.some(({ path }) => isArchiveOf(name, path)))
    .map(([name]) => join(directory, name));
}

function isArchiveOf(name: string, path: string): boolean {
  return path.startsWith(`${name}/`) && /\/\d+\.tar\./.test(path);
}

/** The directory of a date's dumps of AFS volumes, if it has some. */
export function volumesDirectory(directory: string, components: Manifest['components']): string | undefined {
  return (components.volumes?.files.length ?? 0) > 0 ? join(directory, 'volumes') : undefined;
}

/**
 * Opens every archive of a date to its last byte and compares it with the index, and every dump of a volume, which must fit together with
 * the others of it. Differences are losses.
 */
export async function checkArchives(
  directory: string,
  components: Manifest['components'],
  keys: Keys,
  report: Report,
): Promise<void> {
  for (const archives of archiveDirectories(directory, components)) {
    const check = ownCommand('encrypt-tar', ['--check', ...keyOptions(keys), '-d', archives], report);
    const [exitCode] = await runPipeline([check]);
    if (exitCode !== 0) report.loss(archives, 'differs from its index, as named above');
  }
  const volumes = volumesDirectory(directory, components);
  if (volumes === undefined) return;
  const check = ownCommand('afs-vol-dump', ['--check', ...keyOptions(keys), '-d', volumes], report);
  const [exitCode] = await runPipeline([check]);
  if (exitCode !== 0) report.loss(volumes, 'not all of it is whole, as named above');
}
