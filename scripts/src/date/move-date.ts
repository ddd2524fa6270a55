import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { CommandError, failure, findProgram } from 'command-line';
import { manifestName } from 'date-tree';
import { describeTarget, type MoveCommand, moveOver, parseMoveCommand, signatureSuffix } from 'sealed-file';
import { rememberStored } from '../selection/select.ts';
import type { Settings } from '../settings/schema.ts';
import { readLast, rememberLast } from './last.ts';
import type { Manifest } from './manifest.ts';
import { restoreTextName } from './restore-text.ts';
import { sumsName } from './sums.ts';

/** What describes a date, in the order in which it goes over: a date is complete there when it has its signature. */
const descriptions = [restoreTextName, manifestName, sumsName, sumsName + signatureSuffix];

/** The command that dates go over to instead of being published, if one is configured. */
export function moveCommand({ archives }: Settings): MoveCommand | undefined {
  return archives.move_over === undefined
    ? undefined
    : parseMoveCommand(archives.move_over, 'archives.move_over');
}

/** Nothing here can take back what a command has taken. */
export const leftHint =
  'the dates of before are as they were; what went over of this one has no signature: remove it there before the next try';

/**
 * Refuses, before anything is packed, what could not go over: without the command, or when the date may be there. Over there
 * nothing is replaced by one rename: a date with a signature would have other files under it, one after another.
 */
export function refuseToMove(settings: Settings, date: string): void {
  const command = moveCommand(settings);
  if (command === undefined) return;
  findProgram(command.program);
  const { moved } = readLast(settings.state);
  if (moved !== undefined && date <= moved)
    throw failure(
      date,
      `not moved over: ${describeTarget(command, `${moved}/`)} is there already`,
      'what is complete there is not touched again: wait for the next day, or give a later --date',
    );
}

/** Moves over what describes a date whose archives are there, the signature last. Returns where the date is. */
export async function moveDate(
  settings: Settings,
  command: MoveCommand,
  place: string,
  manifest: Manifest,
): Promise<string> {
  for (const name of descriptions) await moveFile(command, `${manifest.date}/${name}`, join(place, name));
  await rememberLast(settings.state, place, manifest, true);
  await rememberStored(settings);
  return describeTarget(command, manifest.date);
}

async function moveFile(command: MoveCommand, name: string, file: string): Promise<void> {
  try {
    await moveOver(command, name, (pass) => pass(createReadStream(file)));
  } catch (error) {
    throw error instanceof CommandError
      ? new CommandError(error.exitCode, error.what, error.why, leftHint)
      : error;
  }
}
