import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import {
  type Call,
  CommandError,
  failure,
  interruption,
  type Report,
  stdoutIsTerminal,
  usageError,
  withScratch,
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
 * Writes the whole dump of one volume, or makes the files of one, or of all, below a directory. Nothing of a volume is in its place before
 * all its dumps have been opened and fit together.
 */
export async function extractVolumes(call: ExtractCall): Promise<void> {
  const { options, operands, report } = call;
  const [name, ...paths] = operands;
  const { output, to } = options;
  const directory = directoryOf(options);
  const opening = openingOf(options);
  if (to !== undefined) {
    const volumes = name === undefined ? readRecord(directory).volumes : [findVolume(directory, name)];
    await mkdir(to, { recursive: true, mode: 0o700 });
    const unpack = (volume: VolumeRecord): Promise<void> =>
      withChain(directory, volume, opening, to, (chain) => unpackBelow(to, volume, chain, paths, report));
    return forEach(volumes, unpack, report);
  }
  if (name === undefined) throw usageError('--extract', 'no volume named');
  if (paths.length > 0)
    throw usageError(escapePath(paths[0] ?? ''), 'a path, but a whole dump is written', 'give --to DIR');
  if (output === '-' && stdoutIsTerminal)
    throw usageError('standard output', 'is a terminal', 'give -o FILE, or pipe the dump on');
  const place = output === '-' ? tmpdir() : dirname(output);
  await forEach(
    [findVolume(directory, name)],
    (volume) =>
      withChain(directory, volume, opening, place, (chain) =>
        output === '-' ? writeDump(chain, call.stdout) : storeDump(chain, output),
      ),
    report,
  );
}

/** Opens all dumps of a directory to their ends, and puts those of each volume together. What does not fit is a loss. */
export function checkDumps(directory: string, opening: Opening, report: Report): Promise<void> {
  const { volumes } = readRecord(directory);
  return forEach(volumes, (volume) => withChain(directory, volume, opening, tmpdir(), () => {}), report);
}

/** Does the same for each volume. Of many, one that fails does not keep the others from being done. */
async function forEach(
  volumes: readonly VolumeRecord[],
  work: (volume: VolumeRecord) => Promise<void>,
  report: Report,
): Promise<void> {
  for (const volume of volumes) {
    const { name, status } = volume;
    report.progress(() => name);
    if (status !== 'ok') report.note(escapePath(name), remarks[status]);
    try {
      await work(volume);
    } catch (error) {
      if (volumes.length === 1 || !(error instanceof CommandError) || interruption.aborted) throw error;
      report.loss(escapePath(name), error.message, error.hint);
    }
  }
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
  await withScratch(to, '.afs-vol-dump', report, async (scratch) => {
    const partial = join(scratch, 'volume');
    await mkdir(partial);
    const open = openSync(partial, 'r');
    try {
      await unpackVolume(chain, open, paths, report);
    } finally {
      closeSync(open);
    }
    await rename(partial, target);
    await syncDirectory(to);
  });
}

function findVolume(directory: string, name: string): VolumeRecord {
  const found = readRecord(directory).volumes.find((volume) => volume.name === name);
  if (found === undefined) throw failure(escapePath(name), `no volume of that name in ${directory}`);
  return found;
}
