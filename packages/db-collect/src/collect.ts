import { mkdir, readdir } from 'node:fs/promises';
import { type Call, failure, type Report, reason, usageError } from 'command-line';
import { type BytePath, fromText } from 'path-stream';
import {
  checkSealing,
  destinationOf,
  movedName,
  moveOf,
  sealedSuffix,
  sealingIdentity,
  sealingOf,
} from 'sealed-file';
import { dumpOrKeep, keep, keepLast, type Workshop } from './dump-source.ts';
import { Inspection } from './inspection.ts';
import type { Found, Item, Limits } from './item.ts';
import { wantedItems } from './items.ts';
import { limitsOf } from './limits.ts';
import { tellFailure } from './losses.ts';
import { type command, directoryOf } from './options.ts';
import { Progress } from './progress.ts';
import { type DatabasesRecord, formatRecord, recordName } from './record.ts';
import { titleOf } from './source.ts';
import { type Earlier, type Known, readState, writeState } from './state.ts';

type CollectCall = Call<(typeof command)['options']>;

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
  const inspection = new Inspection();
  const workshop: Workshop = { directory, destination, sealing, inspection, earlier, timeout, report };

  const results: Result[] = [];
  await report.during(
    () => progress.text(inspection.flow.bytes),
    async () => {
      for (const item of items)
        results.push(await collectItem(item, limitsOf(options), results, workshop, progress));
    },
  );
  await inspection.close();
  const dumps = results.flatMap(({ known }) => known);
  tellGone(earlier, dumps, results, report);
  if (dumps.length === 0) throw failure(directory, 'nothing was dumped', 'see what is named above');
  const record = recordOf(dumps, results);
  const recordFile = recordName + sealedSuffix(sealing);
  await destination
    .seal(recordFile, sealing, [], async (stdin) => void stdin.end(formatRecord(record)))
    .catch((error: unknown) => {
      throw failure(recordFile, reason(error), 'without it, nobody can tell what the dumps are of');
    });
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

/**
 * Everything of one item. What fails is named, and the rest goes on; of what cannot be dumped, the last dump is kept. A server that falls
 * silent is asked whether it is there at all, before the rest of it is waited for as long.
 */
async function collectItem(
  item: Item,
  limits: Limits,
  before: readonly Result[],
  workshop: Workshop,
  progress: Progress,
): Promise<Result> {
  const { report, sealing } = workshop;
  const taken = new Set(before.flatMap(({ known }) => known.map(({ dump }) => dump.file)));
  const found = await findSources(item, limits, report);
  if (found === undefined) return keepItem(item, taken, workshop);
  const { sources, missing, excluded } = found;
  if (excluded.length > 0) report.note(`${item.text}: excluded by their names`, excluded.join(' '));
  progress.expect(sources.length);
  const known: Known[] = [];
  const failed: string[] = [];
  let isGone = false;
  for (const source of sources) {
    const file = source.file + sealedSuffix(sealing);
    if (taken.has(file)) report.note(titleOf(source), 'named twice: dumped once');
    else {
      taken.add(file);
      const { result, wasSilent } = isGone
        ? { result: keepLast(source, file, workshop), wasSilent: false }
        : await dumpOrKeep(source, file, workshop);
      if (result) known.push(result);
      else failed.push(titleOf(source));
      if (wasSilent && source !== sources.at(-1) && (await findSources(item, limits, report)) === undefined)
        isGone = true;
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
  const { report, earlier } = workshop;
  const last = [...(earlier?.dumps.values() ?? [])].filter(
    ({ dump }) => dump.item === item.text && !taken.has(dump.file),
  );
  const known: Known[] = [];
  const lost: string[] = [];
  for (const one of last) {
    const kept = keep(one, workshop);
    if (kept) known.push(kept);
    else lost.push(titleOf(one.dump));
  }
  if (known.length > 0) report.note(item.text, `the last dumps are kept: ${known.length}`);
  return { known, missing: known.length > 0 ? lost : [item.text], excluded: [] };
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
  const missing = new Set(results.flatMap((result) => result.missing));
  for (const { dump } of earlier?.dumps.values() ?? [])
    if (!there.has(dump.file) && !excluded.has(dump.name) && !missing.has(titleOf(dump)))
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
