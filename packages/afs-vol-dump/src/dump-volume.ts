import { type Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { failure, interruption } from 'command-line';
import type { Destination, Sealing } from 'sealed-file';
import { blockLength } from './chain-reader.ts';
import { DumpCheck } from './dump-check.ts';
import type { DumpHead } from './dump-format.ts';
import { type LeftBehind, Trail } from './leave.ts';
import type { VolumeProgress } from './progress.ts';
import { handlingOf, type Volume } from './stock.ts';
import { silentHint, type Vos } from './vos.ts';

/** What a dump came to. */
export interface Dumped {
  readonly head: DumpHead;
  readonly bytes: number;
}

export interface ProbeJob {
  readonly vos: Vos;
  readonly volume: Volume;
  /** From when on, in seconds; 0: all. */
  readonly since: number;
  /** Seconds in which something has to come. */
  readonly timeout: number;
  readonly left: LeftBehind;
  readonly progress: VolumeProgress;
}

export interface DumpJob extends ProbeJob {
  readonly destination: Destination;
  /** What the sealed dump is called there. */
  readonly file: string;
  readonly sealing: Sealing;
}

/**
 * Dumps one volume into a sealed file, whole or not at all: what comes must be a dump of it, from its first byte to its last. When it
 * is not, the volume is left as it was found: not busy, without a clone.
 */
export function dumpVolume(job: DumpJob): Promise<Dumped> {
  return withCleanUp(job, async (trail, check) => {
    const { vos, volume, since, destination, file, sealing } = job;
    const clone = !handlingOf(volume).withoutClone;
    let reading: Promise<void> = Promise.resolve();
    try {
      await destination.seal(file, sealing, [], async (stdin) => {
        const pass = (dump: Readable): Promise<void> => passOn(dump, stdin, check, job);
        reading = vos.dump(volume, { since, clone, omitDirectories: false }, pass, trail);
        await reading;
        checkHead(check.finish(), job);
      });
    } finally {
      await reading.catch(() => {}); // vos deletes its clone, where it still can
    }
    return { head: check.finish(), bytes: check.bytes };
  });
}

/** Looks at what has changed in a volume since some time, without keeping it: whether that is anything, and the head of its clone. */
export function probeVolume(job: ProbeJob): Promise<{ head: DumpHead; hasContent: boolean }> {
  return withCleanUp(job, async (trail, check) => {
    const { vos, volume, since } = job;
    const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
    const pass = (dump: Readable): Promise<void> => passOn(dump, sink, check, job);
    await vos.dump(volume, { since, clone: true, omitDirectories: true }, pass, trail);
    const head = check.finish();
    checkHead(head, job);
    return { head, hasContent: check.hasContent };
  });
}

async function withCleanUp<T>(
  { volume, left }: ProbeJob,
  work: (trail: Trail, check: DumpCheck) => Promise<T>,
): Promise<T> {
  const trail = new Trail();
  try {
    const result = await work(trail, new DumpCheck(volume.name));
    if (trail.clone !== undefined) await left.cleanUp(volume, trail); // vos does not call that a failure
    return result;
  } catch (error) {
    if (!interruption.aborted) await left.cleanUp(volume, trail);
    throw error;
  }
}

/** So many times as long as for anything else is waited for the first byte: before that, the clone is made. */
const cloneTimes = 5;

/** Passes a dump on to what seals it, and looks at it on the way. Where nothing comes for too long, that is an error. */
async function passOn(dump: Readable, stdin: Writable, check: DumpCheck, job: ProbeJob): Promise<void> {
  const { volume, timeout, progress } = job;
  const transform = (
    chunk: Buffer,
    _: unknown,
    done: (error: Error | null, chunk?: Buffer) => void,
  ): void => {
    try {
      check.pass(chunk);
      progress.bytes(chunk.length);
      done(null, chunk);
    } catch (error) {
      done(error as Error);
    }
  };
  const passage = new Transform({ transform, highWaterMark: blockLength });
  let seen = -1;
  let looks = 0;
  const look = (): void => {
    looks = check.bytes === seen ? looks + 1 : 0;
    seen = check.bytes;
    // Where the programs that seal are what is waited for, the server is not silent. Making a clone takes its time.
    if (!stdin.writableNeedDrain && looks >= (check.bytes === 0 ? cloneTimes : 1))
      passage.destroy(
        failure(
          volume.name,
          `nothing more came within ${timeout * looks} s, after ${check.bytes} bytes`,
          silentHint,
        ),
      );
  };
  look();
  dump.removeAllListeners('readable'); // what keeps it for a late reader keeps it from flowing
  const watch = setInterval(look, timeout * 1000);
  try {
    await pipeline(dump, passage, stdin, { end: false });
  } finally {
    clearInterval(watch);
  }
}

/** A dump must be of this volume, and start where it was asked to. */
function checkHead(head: DumpHead, { volume, since }: Pick<DumpJob, 'volume' | 'since'>): void {
  if (head.parent !== volume.id)
    throw failure(volume.name, `volume ${head.parent} came in the place of ${volume.id}`);
  if (head.from !== since) throw failure(volume.name, `a dump from ${head.from} came, not from ${since}`);
}
