import { type Readable, Writable } from 'node:stream';
import { failure, interruption, passOn } from 'command-line';
import type { Destination, Sealing } from 'sealed-file';
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
        const pass = (dump: Readable): Promise<void> => passDump(dump, stdin, check, job);
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
    const pass = (dump: Readable): Promise<void> => passDump(dump, sink, check, job);
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

/** Passes a dump on to what seals it, and looks at it on the way. */
function passDump(dump: Readable, stdin: Writable, check: DumpCheck, job: ProbeJob): Promise<void> {
  const { volume, timeout, progress } = job;
  return passOn(dump, stdin, {
    look: (chunk) => {
      check.pass(chunk);
      progress.bytes(chunk.length);
    },
    patience: (bytes) => (bytes === 0 ? cloneTimes : 1) * timeout,
    silent: (seconds, bytes) =>
      failure(volume.name, `nothing more came within ${seconds} s, after ${bytes} bytes`, silentHint),
    interval: timeout,
  });
}

/** A dump must be of this volume, and start where it was asked to. */
function checkHead(head: DumpHead, { volume, since }: Pick<DumpJob, 'volume' | 'since'>): void {
  if (head.parent !== volume.id)
    throw failure(volume.name, `volume ${head.parent} came in the place of ${volume.id}`);
  if (head.from !== since) throw failure(volume.name, `a dump from ${head.from} came, not from ${since}`);
}
