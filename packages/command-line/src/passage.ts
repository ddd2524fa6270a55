import { type Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CommandError } from './errors.ts';

export interface Passage {
  /** Looks at each chunk, before anybody else gets it. What it throws ends the passage. */
  readonly look: (chunk: Buffer) => void;
  /** How many seconds the source may be silent, by how many bytes have come from it. */
  readonly patience: (bytes: number) => number;
  /** What a source that was silent for so many seconds, after so many bytes, is as an error. */
  readonly silent: (seconds: number, bytes: number) => CommandError;
  /** Seconds between one look at the clock and the next. */
  readonly interval: number;
}

/** So much is on its way at most, in bytes. */
const buffered = 1 << 20;

/** Passes what a child writes on into a stream, which stays open, and looks at it on the way. A source that is silent for too long is an error. */
export async function passOn(source: Readable, into: Writable, passage: Passage): Promise<void> {
  const { look, patience, silent, interval } = passage;
  let bytes = 0;
  const transform = (
    chunk: Buffer,
    _: unknown,
    done: (error: Error | null, chunk?: Buffer) => void,
  ): void => {
    try {
      look(chunk);
      bytes += chunk.length;
      done(null, chunk);
    } catch (error) {
      done(error as Error);
    }
  };
  const passing = new Transform({ transform, highWaterMark: buffered });
  let seen = -1;
  let seconds = 0;
  const watch = (): void => {
    seconds = bytes === seen ? seconds + interval : 0;
    seen = bytes;
    // Where what reads is waited for, the source is not silent.
    if (!into.writableNeedDrain && seconds > 0 && seconds >= patience(bytes))
      passing.destroy(silent(seconds, bytes));
  };
  watch();
  source.removeAllListeners('readable'); // what keeps it for a late reader keeps it from flowing
  const watching = setInterval(watch, interval * 1000);
  try {
    await pipeline(source, passing, into, { end: false });
  } finally {
    clearInterval(watching);
  }
}
