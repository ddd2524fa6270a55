import { linkSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Call, failure, Pace, passOn, type Report, reason, usageError } from 'command-line';
import { type BytePath, fromText } from 'path-stream';
import {
  checkSealing,
  type Destination,
  destinationOf,
  movedName,
  moveOf,
  type Sealing,
  sealedSuffix,
  sealingIdentity,
  sealingOf,
} from 'sealed-file';
import { inspectorFor } from './inspect.ts';
import type { Findings } from './inspector.ts';
import type { Found, Item, Limits } from './item.ts';
import { wantedItems } from './items.ts';
import { limitsOf } from './limits.ts';
import { tellFailure } from './losses.ts';
import { type command, directoryOf } from './options.ts';
import { type DatabasesRecord, type DumpRecord, formatRecord, recordName } from './record.ts';
import { type Made, type Source, titleOf } from './source.ts';
import { type Earlier, type Known, readState, writeState } from './state.ts';

type CollectCall = Call<(typeof command)['options']>;

/** What all dumps of a run have in common. */
interface Workshop {
  readonly directory: string;
  readonly destination: Destination;
  readonly sealing: Sealing;
  readonly earlier: Earlier | undefined;
  readonly timeout: number;
  readonly report: Report;
  readonly progress: Progress;
}

/** Dumps what the call asks for into a directory. Returns the files of the directory. */
export async function collect(call: CollectCall): Promise<BytePath[]> {
  const { options, report } = call;
  const directory = directoryOf(options);
  const sealing = sealingOf(options);
  checkSealing(sealing);
  if (options.reuse !== undefined && options.state === undefined)
    throw usageError('--reuse', 'given without what is known of it', 'give --state FILE, here and before');
  const destination = destinationOf(moveOf(options), directory);
  const items = await wantedItems(call);
  await prepare(directory);
  const identity = sealingIdentity(sealing);
  const { reuse, state, timeout } = options;
  const earlier = reuse && state ? readState(state, reuse, identity, report) : undefined;
  const progress = new Progress();
  const workshop: Workshop = { directory, destination, sealing, earlier, timeout, report, progress };

  const results: Result[] = [];
  await report.during(
    () => progress.text(),
    async () => {
      for (const item of items) results.push(await collectItem(item, limitsOf(options), results, workshop));
    },
  );
  const dumps = results.flatMap(({ known }) => known);
  tellGone(earlier, dumps, results, report);
  if (dumps.length === 0) throw failure(directory, 'nothing was dumped', 'see what is named above');
  const record = recordOf(dumps, results);
  const recordFile = recordName + sealedSuffix(sealing);
  await destination.seal(recordFile, sealing, [], async (stdin) => void stdin.end(formatRecord(record)));
  await destination.conclude();
  if (state !== undefined) await writeState(state, identity, dumps);
  return [...dumps.map(({ dump }) => dump.file), recordFile].map((name) =>
    fromText(destination.address(name)),
  );
}

/** What became of an item. */
interface Result {
  readonly known: readonly Known[];
  readonly missing: readonly string[];
  readonly excluded: readonly string[];
}

/** Everything of one item. What fails is named, and the rest goes on; of what cannot be dumped, the last dump is kept. */
async function collectItem(
  item: Item,
  limits: Limits,
  before: readonly Result[],
  workshop: Workshop,
): Promise<Result> {
  const { report, progress } = workshop;
  const taken = new Set(before.flatMap(({ known }) => known.map(({ dump }) => dump.file)));
  const found = await findSources(item, limits, report);
  if (found === undefined) return keepItem(item, taken, workshop);
  const { sources, missing, excluded } = found;
  if (excluded.length > 0) report.note(`${item.text}: excluded by their names`, excluded.join(' '));
  progress.expect(sources.length);
  const known: Known[] = [];
  const failed: string[] = [];
  for (const source of sources) {
    const file = source.file + sealedSuffix(workshop.sealing);
    if (taken.has(file)) report.note(titleOf(source), 'named twice: dumped once');
    else {
      taken.add(file);
      const result = await dumpOrKeep(source, file, workshop);
      if (result) known.push(result);
      else failed.push(titleOf(source));
    }
    progress.pass();
  }
  return { known, missing: [...missing, ...failed], excluded };
}

/** Undefined where its server does not tell, which is named. */
async function findSources(item: Item, limits: Limits, report: Report): Promise<Found | undefined> {
  try {
    return await item.find(limits, report);
  } catch (error) {
    tellFailure(item.text, error, report);
    return undefined;
  }
}

/** Of an item that nothing can be learned of, everything that there was the last time. */
function keepItem(item: Item, taken: ReadonlySet<string>, workshop: Workshop): Result {
  const all = [...(workshop.earlier?.dumps.values() ?? [])];
  const last = all.filter(({ dump }) => dump.item === item.text && !taken.has(dump.file));
  return { known: last.map((known) => keep(known, workshop)), missing: [item.text], excluded: [] };
}

async function dumpOrKeep(source: Source, file: string, workshop: Workshop): Promise<Known | undefined> {
  const { report, earlier } = workshop;
  const last = earlier?.dumps.get(file);
  try {
    return await dumpSource(source, file, last, workshop);
  } catch (error) {
    tellFailure(titleOf(source), error, report);
    return last && keep(last, workshop);
  }
}

/** Dumps one source. One that has not changed since the last dump becomes a link of that one. */
async function dumpSource(
  source: Source,
  file: string,
  last: Known | undefined,
  workshop: Workshop,
): Promise<Known> {
  const { destination, sealing, timeout, report, directory, progress } = workshop;
  const title = titleOf(source);
  const begun = Math.floor(Date.now() / 1000);
  const inspector = inspectorFor(source);
  let made: Made = { doubts: [] };
  let findings: Findings | undefined;
  await destination.seal(file, sealing, [], async (stdin) => {
    made = await source.dump((dump) =>
      passOn(dump, stdin, {
        look: (chunk) => {
          inspector.pass(chunk);
          progress.bytes(chunk.length);
        },
        patience: () => timeout,
        silent: (seconds, bytes) =>
          failure(title, `nothing more came within ${seconds} s, after ${bytes} bytes`),
        interval: timeout,
      }),
    );
    findings = inspector.finish();
  });
  if (findings === undefined) throw failure(title, 'nothing came');
  const { bytes, sha256 } = findings;
  const rows = made.rows ?? findings.rows;
  const { doubts } = made;
  for (const [why, hint] of doubts) report.loss(title, why, hint);
  for (const line of made.said ?? []) report.note(title, line);
  const { engine, item, name, kind } = source;
  const status = doubts.length === 0 ? 'ok' : 'doubtful';
  const dump: DumpRecord = {
    engine,
    item,
    name,
    kind,
    file,
    status,
    begun,
    bytes,
    sha256,
    ...(rows && { rows: Object.fromEntries(rows) }),
  };
  if (last?.dump.sha256 === sha256) {
    report.detail(title, 'unchanged');
    await rm(join(directory, file));
    linkLast(file, workshop);
    return { ...last, dump: { ...dump, bytes: last.dump.bytes } };
  }
  if (last && bytes < last.dump.bytes / 2)
    report.loss(
      title,
      `has shrunk to less than half: ${bytes} bytes, ${last.dump.bytes} the last time`,
      'the dump is whole: see whether somebody has deleted that much on purpose',
    );
  const { size = 0, mtimeNs = '' } = destination.find(file) ?? {};
  return { dump, size, mtimeNs };
}

/** The last dump once more, where there can be none now. */
function keep(last: Known, workshop: Workshop): Known {
  linkLast(last.dump.file, workshop);
  return { ...last, dump: { ...last.dump, status: 'kept' } };
}

function linkLast(file: string, { earlier, directory }: Workshop): void {
  const [from, to] = [join(earlier?.directory ?? '', file), join(directory, file)];
  try {
    linkSync(from, to);
  } catch (error) {
    throw failure(to, `cannot be linked to ${from}: ${reason(error)}`, 'both must be on one file system');
  }
}

/** A database that was dropped, or an item that nobody names any more. */
function tellGone(
  earlier: Earlier | undefined,
  dumps: readonly Known[],
  results: readonly Result[],
  report: Report,
): void {
  const there = new Set(dumps.map(({ dump }) => dump.file));
  const excluded = new Set(results.flatMap((result) => result.excluded));
  for (const { dump } of earlier?.dumps.values() ?? [])
    if (!there.has(dump.file) && !excluded.has(dump.name))
      report.note(titleOf(dump), 'in the last dumps, and not any more');
}

function recordOf(dumps: readonly Known[], results: readonly Result[]): DatabasesRecord {
  return {
    format: 'db-collect databases 1',
    dumps: dumps.map(({ dump }) => dump),
    missing: results.flatMap(({ missing }) => missing),
    excluded: results.flatMap(({ excluded }) => excluded),
  };
}

async function prepare(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw failure(directory, reason(error));
  });
  const there = await readdir(directory);
  if (there.some((name) => name === movedName || name.startsWith(recordName)))
    throw failure(directory, 'has dumps in it already', 'give a directory that is empty, or not there yet');
}

/** Counts what is dealt with, and the bytes that came of it. */
class Progress {
  readonly #pace = new Pace();
  #all = 0;
  #done = 0;
  #bytes = 0;

  expect(more: number): void {
    this.#all += more;
  }

  pass(): void {
    this.#done += 1;
  }

  bytes(count: number): void {
    this.#bytes += count;
  }

  text(): string {
    return this.#pace.text({ paths: this.#done, unit: 'databases', ofPaths: this.#all, bytes: this.#bytes });
  }
}
