import { open } from 'node:fs/promises';
import { ChildFailure, failure, reason, runPipeline } from 'command-line';

const taken = 75; // EX_TEMPFAIL of sysexits(3)

/**
 * Takes an exclusive flock(2) on a file, at once or not at all. flock(1) locks the open file that it is handed, and the
 * lock stays with that as long as this process has it open, however the process ends.
 */
export async function takeLock(file: string, what: string): Promise<void> {
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
