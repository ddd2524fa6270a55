import { existsSync } from 'node:fs';
import { link, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from 'command-line';
import type { Settings } from '../settings/schema.ts';
import { type Kept, keptDates } from './kept.ts';

/**
 * What this host knows of the archives of a date's component: encrypt-tar's state file, named by the date's number, for
 * a run can make the same date once more.
 */
export function archiveState(state: string, sequence: number, component: string): string {
  return join(directoryOf(state), `${sequence}.${component}.zst`);
}

/** The options that make encrypt-tar reuse the archives of the last date's component, and know them by a new state file. */
export async function reuseOptions(
  settings: Settings,
  sequence: number,
  component: string,
  report: Report,
): Promise<string[]> {
  const { size, min_live, settle } = settings.archives;
  const limits = ['--archive-size', size, '--min-live', String(min_live), '--settle', String(settle)];
  return [...limits, ...(await reuseState(settings, sequence, component, report))];
}

/**
 * Prepares the state file of a new date's component: with what is known of the last date, for the command that makes the component to
 * replace. Returns the options that tell that command of it, and of the last date's directory.
 */
export async function reuseState(
  settings: Settings,
  sequence: number,
  component: string,
  report: Report,
): Promise<string[]> {
  const { state, staging, archives } = settings;
  const file = archiveState(state, sequence, component);
  await mkdir(directoryOf(state), { recursive: true, mode: 0o700 });
  await rm(file, { force: true }); // of a run that published nothing
  const last = archives.reuse ? lastKnown(settings, component, report) : undefined;
  if (last === undefined) return ['--state', file];
  await link(archiveState(state, last.manifest.sequence, component), file);
  return ['--state', file, '--reuse', join(staging, last.date, component)];
}

/** The newest date with archives of a component that this host knows: not one that the component failed in. */
function lastKnown({ staging, state }: Settings, component: string, report: Report): Kept | undefined {
  return keptDates(staging, report).find(
    ({ manifest }) =>
      (manifest.components[component]?.files.length ?? 0) > 0 &&
      existsSync(archiveState(state, manifest.sequence, component)),
  );
}

/** Forgets what is of no published date. */
export async function forgetArchiveStates(state: string, dates: readonly Kept[]): Promise<void> {
  const directory = directoryOf(state);
  if (!existsSync(directory)) return;
  const known = new Set(dates.map(({ manifest }) => String(manifest.sequence)));
  for (const name of await readdir(directory))
    if (!known.has(name.split('.', 1).join()))
      await rm(join(directory, name), { recursive: true, force: true });
}

function directoryOf(state: string): string {
  return join(state, 'archives');
}
