import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { failure, reason } from 'command-line';
import type { RunReport } from '../report/run-report.ts';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

/**
 * Appends a run to a file, as one line of JSON in one write. The file is opened each time, so that it can be moved away in between;
 * no link is followed, and nothing is waited for. A line for which there is no room is taken back: half of one would spoil the next.
 */
export function appendEvent(file: string, run: RunReport): void {
  let descriptor: number;
  try {
    descriptor = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o640);
  } catch (error) {
    throw failure(file, reason(error));
  }
  try {
    if (!fstatSync(descriptor).isFile()) throw failure(file, 'not a regular file');
    appendLine(descriptor, Buffer.from(`${JSON.stringify(run)}\n`), file);
  } finally {
    closeSync(descriptor);
  }
}

function appendLine(descriptor: number, line: Buffer, file: string): void {
  const { size } = fstatSync(descriptor);
  let why: string | undefined;
  try {
    if (writeSync(descriptor, line) !== line.length) why = 'no room for all of it';
  } catch (error) {
    why = reason(error);
  }
  if (why === undefined) return;
  ftruncateSync(descriptor, size);
  throw failure(file, why);
}
