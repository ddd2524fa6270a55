import { spawnSync } from 'node:child_process';
import { escapePath } from 'path-stream';
import { runForeground } from './foreground.ts';
import { ChildFailure } from './outcome.ts';
import { childEnvironment, findProgram } from './programs.ts';

/** Many may hold a lock `shared` at once, or one alone `exclusive`. */
export type LockMode = 'shared' | 'exclusive';

const busy = 75; // EX_TEMPFAIL of sysexits(3)

/**
 * Takes a flock(2) on an open file or directory, at once or not at all: false where somebody else's stands in its way.
 * flock(1) locks what it is handed; the lock belongs to that open file, and is gone when every process that has it has
 * closed it, however it ends. What is locked already by the same open file is simply locked again.
 */
export function tryLock(descriptor: number, mode: LockMode): boolean {
  const { status, stderr, error } = spawnSync(
    findProgram('flock'),
    ['-n', '-E', String(busy), `--${mode}`, '3'],
    {
      stdio: ['ignore', 'ignore', 'pipe', descriptor],
      env: childEnvironment(),
    },
  );
  if (status === 0) return true;
  if (status === busy) return false;
  const said = escapePath(stderr?.toString('latin1').trim() ?? '');
  throw new ChildFailure(
    'flock',
    error ? error.message : `failed with exit code ${status}`,
    said || undefined,
  );
}

/** Waits until the lock can be had, and has it then. */
export async function waitForLock(descriptor: number, mode: LockMode): Promise<void> {
  const { exitCode, signal } = await runForeground({
    command: 'flock',
    args: [`--${mode}`, '3'],
    stdio: ['ignore', 'ignore', 'inherit', descriptor],
  });
  if (exitCode !== 0) throw new ChildFailure('flock', `ended with ${signal ?? exitCode}`, undefined);
}
