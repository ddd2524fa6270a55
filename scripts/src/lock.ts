import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildFailure, failure, reason, runPipeline } from 'command-line';

const taken = 75; // EX_TEMPFAIL of sysexits(3)

/** Makes the state directory where it is missing, and holds it for this run. */
export async function lockState(state: string): Promise<void> {
  await mkdir(state, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw failure(state, reason(error), 'run as root, or set the state directory');
  });
  await takeLock(join(state, 'lock'), 'a backup');
}

/**
 * Takes an exclusive flock(2) on a file, at once or not at all. flock(1) locks the open file that it is handed, and the
 * lock stays with that as long as this process has it open, however the process ends.
 */
async function takeLock(file: string, what: string): Promise<void> {
  const handle = await open(file, 'a', 0o600).catch((error: unknown) => {
    throw failure(file, reason(error));
  });
  held.push(handle);
  try {
    await runPipeline([{ command: 'flock', args: ['-n', '-E', String(taken), '0'] }], { input: handle.fd });
  } catch (error) {
    if (!(error instanceof ChildFailure) || error.childExitCode !== taken) throw error;
    throw failure(file, `${what} is running already`, 'wait for it to end');
  }
}

/** Keeps the garbage collector from closing a lock's file. */
const held: unknown[] = [];
