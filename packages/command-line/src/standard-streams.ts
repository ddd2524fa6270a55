import { write, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { errorCode } from './errors.ts';

/*
 * Not process.stdout and process.stderr: touching either makes the pipe behind it non-blocking, for every process that
 * shares it, and a write to one that is full stops this process where no signal reaches it.
 */

const stdoutFd = 1;
const stderrFd = 2;
/** How long to wait for a pipe that somebody else has made non-blocking, in milliseconds. */
const whenFull = 5;

export const stdoutIsTerminal: boolean = isatty(stdoutFd);
export const stderrIsTerminal: boolean = isatty(stderrFd);

/** stdout as a stream that waits for its reader, whatever the mode of the file behind it. */
export function openStdout(): Writable {
  const writeAll = (chunk: Buffer, from: number, done: (error?: Error | null) => void): void => {
    write(stdoutFd, chunk, from, (error, written) => {
      if (errorCode(error) === 'EAGAIN') setTimeout(writeAll, whenFull, chunk, from, done);
      else if (error) done(error);
      else if (from + written < chunk.length) writeAll(chunk, from + written, done);
      else done();
    });
  };
  return new Writable({ write: (chunk: Buffer, _encoding, done) => writeAll(chunk, 0, done) });
}

let closed = false;

/** Whether whoever heard the messages has gone: a write to stderr has failed. */
export function stderrHasClosed(): boolean {
  return closed;
}

/** Writes a message. One that nobody can read any more is dropped: the exit code still counts what it said. */
export function writeStderr(text: string): void {
  const bytes = Buffer.from(text);
  let from = 0;
  while (from < bytes.length) {
    try {
      from += writeSync(stderrFd, bytes, from);
    } catch (error) {
      closed ||= errorCode(error) === 'EPIPE';
      if (errorCode(error) !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, whenFull);
    }
  }
}
