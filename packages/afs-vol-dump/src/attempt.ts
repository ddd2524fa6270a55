import { linkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, type Report, reason } from 'command-line';
import { type Destination, type Sealing, sealedSuffix } from 'sealed-file';
import { type LastSeen, nextStep, type Step } from './chain.ts';
import type { DumpHead } from './dump-format.ts';
import { dumpVolume, probeVolume } from './dump-volume.ts';
import type { LeftBehind } from './leave.ts';
import { dumpFileName, nextNumber } from './names.ts';
import type { VolumeProgress } from './progress.ts';
import type { VolumeRecord } from './record.ts';
import type { Earlier, Known } from './state.ts';
import { handlingOf, type Volume } from './stock.ts';
import type { Vos } from './vos.ts';

/** What all volumes of a run have in common. */
export interface Workshop {
  readonly vos: Vos;
  readonly directory: string;
  readonly destination: Destination;
  readonly earlier: Earlier | undefined;
  readonly sealing: Sealing;
  /** How many incremental dumps may stand on a full one. */
  readonly chain: number;
  readonly timeout: number;
  readonly report: Report;
  readonly left: LeftBehind;
  readonly progress: VolumeProgress;
}

/** What a volume has come to. Without a record, there is no dump of it. */
export interface Result {
  readonly name: string;
  readonly record: VolumeRecord | undefined;
  /** For the next run to build on. */
  readonly known: Known | undefined;
}

/** Brings one volume into the directory: by links, by an incremental dump and links, or by a full dump. */
export async function backUpVolume(volume: Volume, workshop: Workshop): Promise<Result> {
  const { report, chain: most } = workshop;
  const handling = handlingOf(volume);
  const known = earlierDumps(volume, workshop);
  if (handling.dump === 'never' || (handling.dump === 'first' && known)) return keepEarlier(volume, workshop);
  let step: Step =
    known && volume.header
      ? nextStep(known.dumps, known.seen, volume.header, most)
      : { kind: 'full', why: 'no earlier dump' };
  if (step.kind === 'link' && known) {
    if (await isStillThat(volume, known, workshop)) {
      report.detail(volume.name, 'unchanged');
      return resultOf(volume, 'ok', known.seen, linkAll(known.dumps, workshop));
    }
    step = { kind: 'full', why: 'changed, and its header does not say so: has the file server crashed?' };
  }
  // To the others the VLDB does not lead: nobody could tell whether they were restored meanwhile.
  if (step.kind === 'incremental' && volume.condition !== 'online')
    step = { kind: 'full', why: 'not where the VLDB has it, or not as what' };
  report.detail(volume.name, step.kind === 'full' ? `in full: ${step.why}` : step.kind);
  const base = step.kind === 'incremental' ? known : undefined;
  const { chain, seen } = await dumpOn(volume, base, nextNumber(known?.dumps ?? []), workshop);
  const isSound = handling.dump === 'always';
  return resultOf(volume, isSound ? 'ok' : 'doubtful', isSound ? seen : undefined, chain);
}

/** The last dumps of a volume, once more, where it cannot be dumped now. */
export function keepEarlier(volume: Volume, workshop: Workshop): Result {
  const known = handlingOf(volume).keep === false ? undefined : earlierDumps(volume, workshop);
  if (known === undefined) return { name: volume.name, record: undefined, known: undefined };
  return resultOf(volume, 'kept', known.seen, linkAll(known.dumps, workshop));
}

function earlierDumps({ id, name }: Volume, { earlier }: Workshop): Known | undefined {
  const known = earlier?.volumes.get(id);
  return known?.name === name ? known : undefined;
}

/**
 * Whether a volume that has not changed, as its header says, is that: a file server that crashes forgets that it has changed. So its
 * clone is asked for what is new.
 */
async function isStillThat(volume: Volume, known: Known, workshop: Workshop): Promise<boolean> {
  const since = known.dumps.at(-1)?.to ?? 0;
  const began = wallClock();
  const { head, hasContent } = await probeVolume({ ...workshop, volume, since });
  return !hasContent && isOnTime(head, began, known.seen);
}

/** Dumps what is new since the last dump, behind the chain; all of it, where there is none or it turns out to be of no use. */
async function dumpOn(
  volume: Volume,
  base: Known | undefined,
  number: number,
  workshop: Workshop,
): Promise<{ chain: Known['dumps']; seen: LastSeen | undefined }> {
  const { destination, report } = workshop;
  const since = base?.dumps.at(-1)?.to ?? 0;
  const file = dumpFileName(volume.name, number, since === 0, sealedSuffix(workshop.sealing));
  if (destination.find(file) !== undefined)
    throw failure(file, 'is there already: another volume has that name');
  const began = wallClock();
  const { head, bytes } = await dumpVolume({ ...workshop, volume, since, file });
  const { size = 0, mtimeNs = '' } = destination.find(file) ?? {};
  const dump = { file, from: head.from, to: head.to, bytes, size, mtimeNs };
  if (base !== undefined) {
    const remove = (): Promise<void> => rm(join(workshop.directory, file), { force: true });
    const stands = await standsOn(volume, head, began, base, workshop).catch(async (error: unknown) => {
      await remove(); // what is in no record is not to lie there
      throw error;
    });
    if (!stands) {
      report.note(volume.name, 'restored, or the clock was set, while it was dumped: dumped in full');
      await remove();
      return dumpOn(volume, undefined, number, workshop);
    }
  }
  return { chain: [...linkAll(base?.dumps ?? [], workshop), dump], seen: seenOf(volume, head, began) };
}

/** Whether an incremental dump is of the same volume as the one before: nobody has restored it since it was listed, nor set a clock. */
async function standsOn(
  { id, server, header }: Volume,
  head: DumpHead,
  began: number,
  base: Known,
  { vos }: Workshop,
): Promise<boolean> {
  const now = (await vos.examine(id, server))?.header;
  return (
    now?.created === header?.created && now?.copied === header?.copied && isOnTime(head, began, base.seen)
  );
}

/** Whether the server's clock and ours are as far apart as they were: what is new is told by the server's. */
function isOnTime(head: DumpHead, began: number, seen: LastSeen): boolean {
  return Math.abs(head.to - began - seen.skew) <= clockTolerance;
}

/** Seconds that clocks may move against each other between two runs, and that a clone may take to be made. */
const clockTolerance = 600;

function wallClock(): number {
  return Math.floor(Date.now() / 1000);
}

function seenOf({ header }: Volume, { to, updated }: DumpHead, began: number): LastSeen | undefined {
  if (header === undefined) return undefined;
  const { created, copied, quota } = header;
  // A count that was read before the clone was made is of the clone only where its time is, too.
  const updates = header.updated === updated ? header.updates : undefined;
  return { created, copied, quota, updated, updates, skew: to - began };
}

function linkAll(dumps: Known['dumps'], { earlier, directory }: Workshop): Known['dumps'] {
  for (const { file } of dumps) {
    const [from, to] = [join(earlier?.directory ?? '', file), join(directory, file)];
    try {
      linkSync(from, to);
    } catch (error) {
      throw failure(to, `cannot be linked to ${from}: ${reason(error)}`, 'both must be on one file system');
    }
  }
  return dumps;
}

function resultOf(
  { name, id }: Volume,
  status: VolumeRecord['status'],
  seen: Known['seen'] | undefined,
  chain: Known['dumps'],
): Result {
  const dumps = chain.map(({ file, from, to, bytes }) => ({ file, from, to, bytes }));
  return { name, record: { name, id, status, dumps }, known: seen && { name, id, seen, dumps: chain } };
}
