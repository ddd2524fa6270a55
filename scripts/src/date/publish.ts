import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { failure, type Report, runPipeline, version } from 'command-line';
import { manifestName, statusDirectory, writeShared } from 'date-tree';
import { digest, ensureSigningKey, sign, storeFile } from 'sealed-file';
import { ownCommand } from '../commands.ts';
import { rememberStored } from '../selection/select.ts';
import { hostName } from '../settings/host-name.ts';
import type { Settings } from '../settings/schema.ts';
import { forgetArchiveStates } from './archive-states.ts';
import { expireDates, holdsOnlyWhole, isWhole, keptDates } from './kept.ts';
import { previousManifest, rememberLast } from './last.ts';
import { type Component, formatManifest, type Manifest } from './manifest.ts';
import { leftHint } from './move-date.ts';
import { restoreText, restoreTextName } from './restore-text.ts';
import { formatSums, sumsName } from './sums.ts';

/** What a run has made, before it is described. */
export interface Built {
  readonly settings: Settings;
  readonly place: string;
  readonly date: string;
  readonly sequence: number;
  readonly started: Date;
  readonly components: Record<string, Component>;
  readonly report: Report;
}

/**
 * Adds to a date what describes it: RESTORE.txt, MANIFEST.json, SHA256SUMS over every file, and the signature. Without
 * the files component there is no date: nothing is published that could push a whole one out.
 */
export async function describeDate(built: Built): Promise<Manifest> {
  const { settings, place, date, components, report } = built;
  const isPublished = settings.archives.move_over === undefined;
  if (components.files?.status === 'failed')
    throw failure(
      date,
      `not ${isPublished ? 'published' : 'moved over'}: the files component failed`,
      isPublished ? 'the dates of before are as they were' : leftHint,
    );
  if (isPublished && !isWhole({ components }) && holdsOnlyWhole(settings.staging, date, report))
    throw failure(
      date,
      'not published: incomplete, and it would replace the only whole date',
      'see what is named above',
    );
  await removeEmpty(place, components);
  const host = hostName(settings);
  const manifest: Manifest = {
    format: 'hcoop-backup date 1',
    version,
    host,
    date,
    sequence: built.sequence,
    previous: previousManifest(settings, report),
    started: built.started.toISOString(),
    finished: new Date().toISOString(),
    components,
  };
  await write(join(place, restoreTextName), restoreText(manifest));
  await write(join(place, manifestName), formatManifest(manifest));
  const plain = [restoreTextName, manifestName].map(async (path) => ({
    path,
    ...(await digest(join(place, path))),
  }));
  const sealed = Object.values(components).flatMap((component) => component.files);
  await write(join(place, sumsName), formatSums([...sealed, ...(await Promise.all(plain))]));
  const key = join(settings.state, 'signing-key');
  await ensureSigningKey(key, `hcoop-backup@${host}`);
  await sign(join(place, sumsName), key, 'hcoop-backup');
  // For the status: whoever pulls can compare it with the one that an administrator gave him.
  writeShared(join(statusDirectory(settings.staging), 'signing-key.pub'), readFileSync(`${key}.pub`, 'utf8'));
  return manifest;
}

/** Publishes a described date, remembers its number, and removes the dates that are too many. */
export async function publishDate(
  settings: Settings,
  place: string,
  manifest: Manifest,
  report: Report,
): Promise<string> {
  const { staging, group, state, keep } = settings;
  const publish = ownCommand('rsync-gate', ['publish', '-0', '--root', staging, '--group', group], report);
  const feed = async (stdin: Writable): Promise<void> => void stdin.write(`${place}/\0`);
  await runPipeline([publish], { input: feed });
  const published = join(staging, manifest.date);
  await rememberLast(state, published, manifest, false);
  await expireDates(staging, keep, report);
  await forgetArchiveStates(state, keptDates(staging, report));
  await rememberStored(settings);
  return published;
}

/** A component that failed leaves no directory behind: what is in a date is in its manifest. */
async function removeEmpty(place: string, components: Record<string, Component>): Promise<void> {
  for (const [name, { status }] of Object.entries(components))
    if (status === 'failed') await rm(join(place, name), { recursive: true, force: true });
}

async function write(path: string, text: string): Promise<void> {
  await storeFile(path, async (handle) => {
    await handle.writeFile(text);
  });
}
