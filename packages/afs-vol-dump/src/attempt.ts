import { linkSync } from 'node:fs';
import { join } from 'node:path';
import { failure, type Report, reason } from 'command-line';
import { type Destination, type Sealing, sealedSuffix } from 'sealed-file';
import { type Dump, nextStep } from './chain.ts';
import { ClockSetBack, type Dumped, dumpVolume } from './dump-volume.ts';
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
  const handling = handlingOf(volume);
  const known = earlierDumps(volume, workshop);
  if (handling.dump === 'never' || (handling.dump === 'first' && known)) return keepEarlier(volume, workshop);
  const step =
    known && volume.header
      ? nextStep(known.dumps, known.seen, volume.header, workshop.chain)
      : ({ kind: 'full', why: 'no earlier dump' } as const);
  workshop.report.detail(volume.name, step.kind === 'full' ? `in full: ${step.why}` : step.kind);
  if (step.kind === 'link' && known)
    return resultOf(volume, 'ok', known.seen, linkAll(known.dumps, workshop));
  const base = step.kind === 'incremental' && known ? known.dumps : [];
  const number = nextNumber(known?.dumps ?? []);
  const dump = await dumpInto(volume, base, number, workshop);
  const isSound = handling.dump === 'always';
  const { header } = volume;
  const { updated } = dump.head;
  // A count that was read before the clone was made is of the clone only where its time is, too.
  const updates = header?.updated === updated ? header?.updates : undefined;
  const seen = header && { created: header.created, copied: header.copied, updated, updates };
  return resultOf(volume, isSound ? 'ok' : 'doubtful', isSound ? seen : undefined, dump.chain);
}

/** The last dumps of a volume, once more, where it cannot be dumped now. */
export function keepEarlier(volume: Volume, workshop: Workshop): Result {
  const known = earlierDumps(volume, workshop);
  if (known === undefined) return { name: volume.name, record: undefined, known: undefined };
  return resultOf(volume, 'kept', known.seen, linkAll(known.dumps, workshop));
}

function earlierDumps({ id, name }: Volume, { earlier }: Workshop): Known | undefined {
  const known = earlier?.volumes.get(id);
  return known?.name === name ? known : undefined;
}

/** Dumps what is new since the chain, behind the chain; all of it, where there is none or it turns out to be of no use. */
async function dumpInto(volume: Volume, base: Known['dumps'], number: number, workshop: Workshop) {
  const { vos, sealing, timeout, progress, destination } = workshop;
  const since = base.at(-1)?.to ?? 0;
  const file = dumpFileName(volume.name, number, since === 0, sealedSuffix(sealing));
  let dumped: Dumped;
  try {
    const common = { vos, volume, destination, sealing, timeout, progress, left: workshop.left };
    dumped = await dumpVolume({ ...common, since, file });
  } catch (error) {
    if (!(error instanceof ClockSetBack)) throw error;
    workshop.report.note(volume.name, `${error.message}: dumped in full`);
    return dumpInto(volume, [], number, workshop);
  }
  const { head, bytes } = dumped;
  const dump: Dump = { file, from: head.from, to: head.to, bytes };
  const { size = 0, mtimeNs = '' } = destination.find(file) ?? {};
  return { head, chain: [...linkAll(base, workshop), { ...dump, size, mtimeNs }] };
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
