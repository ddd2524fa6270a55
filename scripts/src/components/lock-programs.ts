import { existsSync } from 'node:fs';
import { failure, findProgram } from 'command-line';
import type { Settings } from '../settings/schema.ts';
import type { Lock } from './hold-lock.ts';

type LockedPath = Settings['locked'][string];

/** What takes and holds the lock of a configured `[locked.NAME]`. */
export function lockOf({ lock_file, lock_command, timeout }: LockedPath): Lock {
  return lock_file === undefined ? byCommand(lock_command ?? [], timeout) : byFile(lock_file, timeout);
}

/**
 * flock(1), which then is cat: it says what it is given as soon as there is a lock, and ends with its stdin. A file that is not there is
 * not made: nobody else could hold it, and one of root's could keep its owner from it.
 */
function byFile(file: string, timeout: number): Lock {
  if (!existsSync(file))
    throw failure(file, 'there is no such lock file', 'name the one that its users lock');
  const args = ['--exclusive', '--no-fork', file, findProgram('cat')];
  const program = { name: `flock ${file}`, command: 'flock', args };
  return { what: file, program, timeout, greeting: 'locked\n' };
}

/**
 * A program that a signal would keep from releasing its lock: it is ended by the end of its stdin. SIGTERM, which it does not see, gives it
 * 1.5 s for that, then all of its process group is killed: one that waits for the lock does not look at its stdin. timeout(1) does
 * that, also when this process was killed.
 */
function byCommand(argv: readonly string[], timeout: number): Lock {
  const [command = ''] = argv;
  findProgram(command); // missing is told as that
  const args = [
    '--pdeathsig',
    'TERM',
    '--',
    'timeout',
    '-k',
    '1.5',
    '0',
    'env',
    '--ignore-signal=TERM',
    ...argv,
  ];
  return { what: command, program: { name: command, command: 'setpriv', args }, timeout };
}
