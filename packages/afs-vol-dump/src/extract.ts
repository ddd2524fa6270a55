import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import {
  type Call,
  CommandError,
  failure,
  interruption,
  type Report,
  stdoutIsTerminal,
  usageError,
} from 'command-line';
import { escapePath } from 'path-stream';
import { type Opening, openingOf, storeFile } from 'sealed-file';
import { mergeDumps } from './merge.ts';
import { withOpenDumps } from './open-dumps.ts';
import { type command, directoryOf } from './options.ts';
import { readRecord, type VolumeRecord } from './record.ts';

type ExtractCall = Call<(typeof command)['options']>;

/** What is to be said of a volume whose dump is not of the time when the others were made. */
const remarks = {
  kept: 'could not be dumped when the others were: this is of before',
  doubtful: 'was off-line or damaged when it was dumped',
} as const;

/** Writes the whole dump of one volume. Nothing of it goes out before all of it has been opened and fits together. */
export async function extractVolume(call: ExtractCall): Promise<void> {
  const { options, operands, report } = call;
  const [name, ...more] = operands;
  if (name === undefined || more.length > 0) throw usageError('--extract', 'takes the name of one volume');
  const { output } = options;
  if (output === '-' && stdoutIsTerminal)
    throw usageError('standard output', 'is a terminal', 'give -o FILE, or pipe the dump on');
  const directory = directoryOf(options);
  const volume = findVolume(directory, name);
  if (volume.status !== 'ok') report.note(escapePath(name), remarks[volume.status]);
  const place = output === '-' ? tmpdir() : dirname(output);
  await withOpenDumps(directory, volume, openingOf(options), place, async (dumps) => {
    if (output !== '-')
      return storeFile(output, async (handle) => {
        for (const block of mergeDumps(dumps)) await handle.writeFile(block);
      });
    for (const _ of mergeDumps(dumps));
    for (const block of mergeDumps(dumps)) await write(call.stdout, block);
  });
}

/** Opens all dumps of a directory to their ends, and puts those of each volume together. What does not fit is a loss. */
export async function checkDumps(directory: string, opening: Opening, report: Report): Promise<void> {
  for (const volume of readRecord(directory).volumes) {
    report.progress(() => `checking ${volume.name}`);
    try {
      await withOpenDumps(directory, volume, opening, tmpdir(), (dumps) => {
        for (const _ of mergeDumps(dumps));
      });
    } catch (error) {
      if (!(error instanceof CommandError) || interruption.aborted) throw error;
      report.loss(volume.name, error.message, error.hint);
    }
  }
}

function findVolume(directory: string, name: string): VolumeRecord {
  const found = readRecord(directory).volumes.find((volume) => volume.name === name);
  if (found === undefined) throw failure(escapePath(name), `no volume of that name in ${directory}`);
  return found;
}

function write(stdout: Writable, block: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(block, (error) => (error ? reject(error) : resolve()));
  });
}
