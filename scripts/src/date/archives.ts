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

/** The components that are dumps, and the command that makes and opens each. */
const dumpCommands = { volumes: 'afs-vol-dump', databases: 'db-collect' } as const;

/** The directories of dumps that a date has, each with the command that opens it. */
export function dumpDirectories(
  directory: string,
  components: Manifest['components'],
): { readonly name: keyof typeof dumpCommands; readonly command: string; readonly place: string }[] {
  return (['volumes', 'databases'] as const)
    .filter((name) => (components[name]?.files.length ?? 0) > 0)
    .map((name) => ({ name, command: dumpCommands[name], place: join(directory, name) }));
}

/**
 * Opens every archive of a date to its last byte and compares it with the index, and every dump: those of a volume must fit together, that
 * of a database must be what was dumped. Differences are losses.
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
  for (const { command, place } of dumpDirectories(directory, components)) {
    const check = ownCommand(command, ['--check', ...keyOptions(keys), '-d', place], report);
    const [exitCode] = await runPipeline([check]);
    if (exitCode !== 0) report.loss(place, 'not all of it is whole, as named above');
  }
}
