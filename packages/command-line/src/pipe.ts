import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureOutput } from './pipeline.ts';

/** Both ends of a pipe, as open files. */
export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/** A pipe whose ends are in this process: node has no call that makes one, but opens one that has a name. */
export async function makePipe(): Promise<Pipe> {
  const directory = await mkdtemp(join(tmpdir(), 'hcoop-pipe-'));
  try {
    const name = join(directory, 'pipe');
    await captureOutput({ command: 'mkfifo', args: ['-m', '600', name] });
    return openPipe(name);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Opening one end waits for somebody at the other; opening both at once does not (fifo(7)). */
function openPipe(name: string): Pipe {
  const both = openSync(name, constants.O_RDWR);
  try {
    return { read: openSync(name, constants.O_RDONLY), write: openSync(name, constants.O_WRONLY) };
  } finally {
    closeSync(both);
  }
}
