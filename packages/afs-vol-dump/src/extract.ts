import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import {
  type Call,
  CommandError,
  failure,
  interruption,
  type Report,
  reason,
  removeTree,
  stdoutIsTerminal,
  usageError,
} from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import { type Opening, openingOf, storeFile, syncDirectory } from 'sealed-file';
import type { ChainReader } from './chain-reader.ts';
import { mergeDumps } from './merge.ts';
import { fileStem } from './names.ts';
import { withChain } from './open-dumps.ts';
import { type command, directoryOf } from './options.ts';
import { readRecord, type VolumeRecord } from './record.ts';
import { unpackVolume } from './unpack.ts';

type ExtractCall = Call<(typeof command)['options']>;

/** What is to be said of a volume whose dump is not of the time when the others were made. */
const remarks = {
  kept: 'could not be dumped when the others were: this is of before',
  doubtful: 'was off-line or damaged when it was dumped',
} as const;

/**
 * Writes the whole dump of one volume, or makes its files below a directory. Nothing of that is in its place before all dumps have been
 * opened and fit together.
 */
export async function extractVolume(call: ExtractCall): Promise<void> {
  const { options, operands, report } = call;
  const [name, ...paths] = operands;
  const { output, to } = options;
  if (name === undefined) throw usageError('--extract', 'no volume named');
  if (to === undefined && paths.length > 0)
    throw usageError(escapePath(paths[0] ?? ''), 'a path, but a whole dump is written', 'give --to DIR');
  if (to === undefined && output === '-' && stdoutIsTerminal)
    throw usageError('standard output', 'is a terminal', 'give -o FILE, or pipe the dump on');
  const directory = directoryOf(options);
  const volume = findVolume(directory, name);
  if (volume.status !== 'ok') report.note(escapePath(name), remarks[volume.status]);
  const place = to ?? (output === '-' ? tmpdir() : dirname(output));
  if (to !== undefined) await mkdir(to, { recursive: true });
  await withChain(directory, volume, openingOf(options), place, (chain) => {
    if (to !== undefined) return unpackBelow(to, volume, chain, paths, report);
    return output === '-' ? writeDump(chain, call.stdout) : storeDump(chain, output);
  });
}

async function writeDump(chain: ChainReader, stdout: Writable): Promise<void> {
  for (const block of mergeDumps(chain))
    await new Promise<void>((resolve, reject) => {
      stdout.write(block, (error) => (error ? reject(error) : resolve()));
    });
}

function storeDump(chain: ChainReader, file: string): Promise<void> {
  return storeFile(file, async (handle) => {
    for (const block of mergeDumps(chain)) await handle.writeFile(block);
  });
}

/** Makes the files of a volume in a directory that gets the volume's name when all are there. */
async function unpackBelow(
  to: string,
  { name }: VolumeRecord,
  chain: ChainReader,
  paths: readonly BytePath[],
  report: Report,
): Promise<void> {
  const target = join(to, fileStem(name));
  if (existsSync(target)) throw failure(target, 'exists already', 'give another directory, or move it away');
  const partial = await mkdtemp(join(to, `.${fileStem(name)}.`)).catch((error: unknown) => {
    throw failure(to, reason(error));
  });
  const open = openSync(partial, 'r');
  try {
    unpackVolume(chain, open, paths, report);
    await rename(partial, target);
    await syncDirectory(to);
  } finally {
    closeSync(open);
    await removeTree(partial);
  }
}

/** Opens all dumps of a directory to their ends, and puts those of each volume together. What does not fit is a loss. */
export async function checkDumps(directory: string, opening: Opening, report: Report): Promise<void> {
  for (const volume of readRecord(directory).volumes) {
    report.progress(() => `checking ${volume.name}`);
    try {
      await withChain(directory, volume, opening, tmpdir(), () => {});
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
