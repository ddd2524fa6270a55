import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Call,
  errorCode,
  failure,
  inputPaths,
  reason,
  stdoutIsTerminal,
  usageError,
  type Wiring,
} from 'command-line';
import { type BytePath, escapePath, fromText, PathWriter } from 'path-stream';
import { checkSealing, type Sealing, sealedSuffix, sealFile, sealTo } from 'sealed-file';
import { type Entry, formatRecord, type Links, type Remark, readEntry } from './entry.ts';
import { holdsArchives } from './index-file.ts';
import type { command } from './options.ts';
import { sortPaths } from './sorted.ts';
import { createStage } from './tar.ts';
import { TarRun } from './tar-run.ts';

type CreateCall = Call<(typeof command)['options']>;
type Record = (record: Entry | Remark) => Promise<void> | undefined;

/** Packs the call's paths into one archive: `-` is stdout, refused on a terminal. Returns the files made. */
export async function createArchive(
  call: CreateCall,
  output: string | undefined,
  sealing: Sealing,
): Promise<BytePath[]> {
  if (output === undefined) throw usageError('output', 'none given', 'give -o FILE, -o - or -d DIR');
  if (call.options['plain-index'] !== undefined)
    throw usageError('--plain-index', 'there is no index of a single archive', 'give -d DIR');
  if (output === '-' && stdoutIsTerminal)
    throw usageError('standard output', 'is a terminal', 'give -o FILE, or pipe the archive on');
  checkSealing(sealing);
  const pack = new Packing(call, output, () => undefined);
  if (output === '-') await sealTo(1, sealing, [pack.stage], pack.input);
  else await sealFile(output, sealing, [pack.stage], pack.input);
  await pack.run.finish(() => undefined);
  return output === '-' ? [] : [fromText(output)];
}

/**
 * Packs the call's paths into an archive in a directory, with an index beside it that has one record a path. The
 * index is written while tar reads; what tar found lost or changed follows at its end. Returns the files made.
 */
export async function createDirectory(
  call: CreateCall,
  directory: string,
  sealing: Sealing,
): Promise<BytePath[]> {
  if (call.options.output !== undefined) throw usageError('-d', 'cannot be combined with -o');
  checkSealing(sealing);
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw failure(directory, reason(error));
  });
  // An archive of one run beside the index of another would be neither.
  if (holdsArchives(directory))
    throw failure(
      directory,
      'has archives in it already',
      'give a directory that is empty, or not there yet',
    );
  const archive = `0001.tar${sealedSuffix(sealing)}`;
  const index = join(directory, `index${sealedSuffix(sealing)}`);
  await withIndex(index, sealing, call.options['plain-index'], async (record) => {
    const pack = new Packing(call, archive, record);
    await sealFile(join(directory, archive), sealing, [pack.stage], pack.input);
    await pack.run.finish(record);
  });
  return [join(directory, archive), index].map(fromText);
}

/** Writes an index of what `work` records, and another copy of it that is not encrypted where one is asked for. */
async function withIndex(
  file: string,
  sealing: Sealing,
  copy: string | undefined,
  work: (record: Record) => Promise<void>,
): Promise<void> {
  await sealFile(file, sealing, [], async (stdin) => {
    const lines = new PathWriter(stdin, '\n', () => {});
    const record: Record = (entry) => lines.add(formatRecord(entry));
    if (copy === undefined) await work(record);
    else
      await withIndex(copy, { cipher: 'none' }, undefined, (copied) =>
        work(async (entry) => {
          await record(entry);
          await copied(entry);
        }),
      );
    await lines.flush();
  });
}

/** One run of tar: the paths on their way into it, and what became of them. */
class Packing {
  readonly run: TarRun;
  readonly stage;
  readonly #call: CreateCall;
  readonly #archive: string;
  readonly #record: Record;
  readonly #links: Links = new Map();
  #count = 0;
  #bytes = 0;

  constructor(call: CreateCall, archive: string, record: Record) {
    this.#call = call;
    this.#archive = archive;
    this.#record = record;
    this.run = new TarRun(call.report);
    this.stage = createStage(this.run);
  }

  readonly input: Wiring['input'] = (stdin) => {
    const { report, options } = this.#call;
    const list = new PathWriter(stdin, '\0', () => {});
    return sortPaths(inputPaths(this.#call, options), report, async (batches) => {
      for await (const batch of batches) {
        for (const path of batch) {
          const entry = this.#entry(path);
          if (entry === undefined) continue;
          await this.#record(entry);
          await list.add(path === '/' ? '.' : path.slice(1));
        }
        report.progress(() => `${this.#count} paths, ${(this.#bytes / 1e6).toFixed(1)} MB`);
      }
      await list.flush();
    });
  };

  #entry(path: BytePath): Entry | undefined {
    const { report } = this.#call;
    try {
      const entry = readEntry(path, this.#archive, this.#links);
      if (entry === 'socket') {
        report.note(escapePath(path), 'a socket: not archived, its server makes it anew');
        return undefined;
      }
      this.#count += 1;
      this.#bytes += entry.size;
      return entry;
    } catch (error) {
      const named = this.#call.operands.length > 0 && this.#call.operands[0] !== '-';
      // A path from a list may well be gone by now; one that somebody asked for by name must be there.
      if (errorCode(error) === 'ENOENT' && !named)
        report.note(escapePath(path), 'vanished before it was read');
      else report.loss(escapePath(path), reason(error));
      return undefined;
    }
  }
}
