import type { Readable, Writable } from 'node:stream';
import { CommandError, exitCodes, failure, interruption } from 'command-line';
import { type Sealing, sealFile } from 'sealed-file';
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
  /** Where the sealed dump goes. */
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
    await sealFile(job.file, job.sealing, [], async (stdin) => {
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

async function passOn(dump: Readable, stdin: Writable, check: DumpCheck, job: DumpJob): Promise<void> {
  const { volume, timeout, progress } = job;
  const source = dump[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await within(timeout, source.next(), () =>
      failure(volume.name, `nothing more came within ${timeout} s, after ${check.bytes} bytes`, silentHint),
    );
    if (done) return;
    const chunk = value as Buffer;
    check.pass(chunk);
    progress.bytes(chunk.length);
    await new Promise<void>((resolve, reject) => {
      stdin.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** A dump must be of this volume, and start where it was asked to. */
function checkHead(head: DumpHead, { volume, since }: DumpJob): void {
  if (head.parent !== volume.id)
    throw failure(volume.name, `volume ${head.parent} came in the place of ${volume.id}`);
  if (head.from !== since) throw failure(volume.name, `a dump from ${head.from} came, not from ${since}`);
  if (head.to < since) throw new ClockSetBack(volume.name);
}

/** Waits for something, but not longer than so many seconds. */
async function within<T>(seconds: number, wait: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), seconds * 1000);
  });
  try {
    return await Promise.race([wait, limit]);
  } finally {
    clearTimeout(timer);
  }
}
