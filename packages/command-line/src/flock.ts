import { spawnSync } from 'node:child_process';
import { escapePath } from 'path-stream';
import { ChildFailure } from './outcome.ts';
import { captureOutput } from './pipeline.ts';
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

/**
 * Waits until nobody holds a file's lock exclusively, and returns what another file has in it by then: empty where it is
 * not there. The lock is held for just as long as it takes to read.
 */
export function readWhenFree(lock: string, file: string): Promise<Buffer> {
  const args = ['--shared', lock, 'cat', file];
  return captureOutput({ command: 'flock', args, accept: (exitCode) => exitCode <= 1 });
}
