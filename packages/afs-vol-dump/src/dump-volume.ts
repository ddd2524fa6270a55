import { type Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandError, exitCodes, failure, interruption } from 'command-line';
import type { Destination, Sealing } from 'sealed-file';
import { blockLength } from './chain-reader.ts';
import { DumpCheck } from './dump-check.ts';
import type { DumpHead } from './dump-format.ts';
import { type LeftBehind, Trail } from './leave.ts';
import type { VolumeProgress } from './progress.ts';
import { handlingOf, type Volume } from './stock.ts';
import { silentHint, type Vos } from './vos.ts';

/** The server's clock went back: what is new by its times is not what is new. */
export class ClockSetBack extends CommandError {
  constructor(volume: string) {
    super(
      exitCodes.failed,
      volume,
      'its clone is older than its last dump: the clock of its server was set back',
    );
    this.name = 'ClockSetBack';
  }
}

/** What a dump came to. */
export interface Dumped {
  readonly head: DumpHead;
  readonly bytes: number;
}

export interface DumpJob {
  readonly vos: Vos;
  readonly volume: Volume;
  /** From when on, in seconds; 0: all. */
  readonly since: number;
  readonly destination: Destination;
  /** What the sealed dump is called there. */
  readonly file: string;
  readonly sealing: Sealing;
  /** Seconds in which something has to come. */
  readonly timeout: number;
  readonly left: LeftBehind;
  readonly progress: VolumeProgress;
}

/**
 * Dumps one volume into a sealed file, whole or not at all: what comes must be a dump of it, from its first byte to its last. When it
 * is not, the volume is left as it was found: on-line, not busy, without a clone.
 */
export async function dumpVolume(job: DumpJob): Promise<Dumped> {
  const { vos, volume, since } = job;
  const check = new DumpCheck(volume.name);
  const trail = new Trail();
  let reading: Promise<void> = Promise.resolve();
  const read = (stdin: Writable): Promise<void> => {
    const pass = (dump: Readable): Promise<void> => passOn(dump, stdin, check, job);
    reading = vos.dump(volume, { since, clone: !handlingOf(volume).withoutClone }, pass, trail);
    return reading;
  };
  try {
    await job.destination.seal(job.file, job.sealing, [], async (stdin) => {
      await read(stdin);
      checkHead(check.finish(), job);
    });
    return { head: check.finish(), bytes: check.bytes };
  } catch (error) {
    await reading.catch(() => {}); // vos deletes its clone, where it still can
    if (!interruption.aborted) await job.left.cleanUp(volume, trail);
    throw error;
  }
}

/** Passes a dump on to what seals it, and looks at it on the way. Where nothing comes for too long, that is an error. */
async function passOn(dump: Readable, stdin: Writable, check: DumpCheck, job: DumpJob): Promise<void> {
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
  const look = (): void => {
    // Where the programs that seal are what is waited for, the server is not silent.
    if (check.bytes === seen && !stdin.writableNeedDrain)
      passage.destroy(
        failure(volume.name, `nothing more came within ${timeout} s, after ${check.bytes} bytes`, silentHint),
      );
    seen = check.bytes;
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
function checkHead(head: DumpHead, { volume, since }: DumpJob): void {
  if (head.parent !== volume.id)
    throw failure(volume.name, `volume ${head.parent} came in the place of ${volume.id}`);
  if (head.from !== since) throw failure(volume.name, `a dump from ${head.from} came, not from ${since}`);
  if (head.to < since) throw new ClockSetBack(volume.name);
}
