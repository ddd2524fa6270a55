import { closeSync, linkSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Call, errorCode, failure, inputPaths, readsStdin, reason, usageError } from 'command-line';
import { type BytePath, fromText } from 'path-stream';
import {
  checkSealing,
  type Destination,
  destinationOf,
  moveOf,
  type Sealing,
  sealedSuffix,
  sealingIdentity,
} from 'sealed-file';
import { readAgain } from './again.ts';
import { conclude } from './conclude.ts';
import { Conflicts } from './conflicts.ts';
import { Links } from './links.ts';
import { type command, limitsOf } from './options.ts';
import { Overrides } from './overrides.ts';
import { type PackedPart, Packer } from './pack.ts';
import { holdsArchives, lastNumber, partNames, removeArchives } from './parts.ts';
import { PathProgress } from './progress.ts';
import { Records } from './records.ts';
import { choosePartsToRewrite, type Limits } from './retain.ts';
import { rewriteParts } from './rewrite.ts';
import { sortPaths } from './sorted.ts';
import { judgeState, type PartState, type Previous, readRecords, stateFormat } from './state.ts';
import { KnownPaths, type SurveyPlan, survey } from './survey.ts';

/**
 * The kernel gives files the time of its last tick, of which there are a hundred a second at least: what changed so short a time
 * ago can change once more and keep its ctime, whatever --settle says. In milliseconds.
 */
const tick = 20;

type CreateCall = Call<(typeof command)['options']>;

/**
 * Packs the call's paths into a directory of archives, each with its index. What has not changed since the last such directory was
 * made stays in its archives, which are linked, not copied. Returns the files of the directory.
 */
export async function createDirectory(
  call: CreateCall,
  directory: string,
  sealing: Sealing,
): Promise<BytePath[]> {
  const { options, report } = call;
  if (options.output !== undefined) throw usageError('-d', 'cannot be combined with -o');
  const move = moveOf(options);
  if (options.reuse !== undefined && options.state === undefined)
    throw usageError('--reuse', 'given without what is known of it', 'give --state FILE, here and before');
  const limits = limitsOf(options);
  const destination = destinationOf(move, directory);
  checkSealing(sealing);
  await prepare(directory);
  const identity = sealingIdentity(sealing);
  const { reuse, state } = options;
  const previous =
    reuse === undefined || state === undefined ? undefined : await judgeState(state, reuse, identity, report);
  const workshop = await makeWorkshop(state);
  const packer = new Packer({ destination, sealing, report, ...limits }, reuse ? lastNumber(reuse) : 0);
  try {
    const plan = newPlan(call, packer);
    const { records, kept, made } = await report.during(
      () => plan.progress.text(packer),
      () => packPaths(call, workshop, limits, previous, plan),
    );
    for (const name of kept.flatMap(({ files }) => files.map((file) => file.name)))
      keep(join(previous?.directory ?? '', name), join(directory, name));
    const parts = [...kept, ...made.map((part) => describe(part, destination, sealedSuffix(sealing)))];
    const header = { format: stateFormat, sealing: identity, parts } as const;
    const conclusion = { header, records, overrides: plan.overrides, destination, sealing, report, workshop };
    const gone = await conclude(conclusion, state ?? join(workshop, 'state'));
    await destination.conclude();
    const names = [...parts.flatMap(({ files }) => files.map(({ name }) => name)), ...gone];
    return names.map((name) => fromText(destination.address(name)));
  } catch (error) {
    await packer.abandon();
    if (!move) await removeArchives(directory); // none are left when one fails
    throw error;
  } finally {
    await packer.close();
    if (previous !== undefined) closeSync(previous.file);
    await rm(workshop, { recursive: true, force: true });
  }
}

function newPlan(call: CreateCall, packer: Packer): SurveyPlan {
  return {
    ...{ packer, links: new Links(), overrides: new Overrides(), conflicts: new Conflicts() },
    ...{ progress: new PathProgress(), settle: call.options.settle * 1000 + tick },
    ...{ report: call.report, named: !readsStdin(call) },
  };
}

/** A file of before becomes one of this directory. */
function keep(file: string, link: string): void {
  try {
    linkSync(file, link);
  } catch (error) {
    const why = errorCode(error) === 'EXDEV' ? 'on another file system than -d DIR' : reason(error);
    throw failure(file, why, 'give --reuse and -d directories of one file system');
  }
}

async function prepare(directory: string): Promise<void> {
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
}

/** Where temporary files go: beside the state, for they are about as large. */
function makeWorkshop(state: string | undefined): Promise<string> {
  const place = state === undefined ? tmpdir() : dirname(state);
  return mkdtemp(join(place, '.encrypt-tar-')).catch((error: unknown) => {
    throw failure(place, reason(error));
  });
}

/** What has come of packing: the records, the parts of before that are kept, and those that were made. */
interface PackedPaths {
  readonly records: Records;
  readonly kept: readonly PartState[];
  readonly made: readonly PackedPart[];
}

/** Packs what has changed, and what is in parts that are not kept, and once more what changed meanwhile. */
async function packPaths(
  call: CreateCall,
  workshop: string,
  limits: Limits,
  previous: Previous | undefined,
  plan: SurveyPlan,
): Promise<PackedPaths> {
  const packed = await packChanged(call, workshop, limits, previous, plan);
  // A directory of archives has one, if with nothing in it.
  if (packed.kept.length === 0 && plan.packer.weights.length === 0) await plan.packer.open();
  return { ...packed, made: await readAgain(await plan.packer.finish(), plan) };
}

async function packChanged(
  call: CreateCall,
  workshop: string,
  limits: Limits,
  previous: Previous | undefined,
  plan: SurveyPlan,
): Promise<Omit<PackedPaths, 'made'>> {
  const records = new Records(join(workshop, 'records'));
  const live = await withKnown(previous, (known) => surveyPaths(call, known, records, plan));
  await plan.links.pack(new Set(), plan);
  plan.links.countLive(live);
  await records.close();
  const before = previous?.header.parts ?? [];
  const used = before.map(({ number, weight }) => ({ number, weight, live: live.get(number) ?? 0 }));
  const rewritten = choosePartsToRewrite(used, plan.packer.weights, limits);
  for (const part of plan.conflicts.parts) rewritten.add(part);
  const kept = before.filter(({ number }) => !rewritten.has(number));
  if (used.every(({ number, live }) => live === 0 || !rewritten.has(number))) return { records, kept };
  const rewrittenRecords = new Records(join(workshop, 'rewritten'));
  await rewriteParts(rewritten, records, rewrittenRecords, plan);
  await rewrittenRecords.close();
  return { records: rewrittenRecords, kept };
}

async function surveyPaths(
  call: CreateCall,
  known: KnownPaths,
  records: Records,
  plan: SurveyPlan,
): Promise<Map<number, number>> {
  let live = new Map<number, number>();
  await sortPaths(plan.progress.counting(inputPaths(call, call.options)), call.report, async (paths) => {
    live = await survey(paths, known, records, plan);
  });
  return live;
}

async function* nothing(): AsyncGenerator<string[]> {}

/** Hands over what the last run knew: nothing, where there was none. */
async function withKnown<T>(
  previous: Previous | undefined,
  use: (known: KnownPaths) => Promise<T>,
): Promise<T> {
  if (previous === undefined) return use(new KnownPaths(nothing()));
  let result: T | undefined;
  await readRecords(previous, async (batches) => {
    result = await use(new KnownPaths(batches));
  });
  return result as T;
}

function describe(
  { number, paths, weight }: PackedPart,
  destination: Destination,
  suffix: string,
): PartState {
  const { archive, index } = partNames(number, suffix);
  const files = [archive, index].map((name) => destination.find(name)).filter((file) => file !== undefined);
  return { number, paths, weight, files };
}
