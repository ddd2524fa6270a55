import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { reason } from './errors.ts';
import { interruption } from './interrupt.ts';
import { ChildFailure } from './outcome.ts';
import { childEnvironment, findProgram } from './programs.ts';

/** A program that takes this one's place for a while: its stdin, stdout and stderr are our own. */
export interface Foreground {
  readonly command: string;
  readonly args: readonly string[];
  /** All of its environment; the listed one without it. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it gets for stdin, stdout, stderr and further descriptors; the first three of our own without it. */
  readonly stdio?: StdioOptions;
  /** Ends it, beside a signal to this process. */
  readonly stop?: AbortSignal;
  /** In a process group of its own, all of which is killed where it is to end: for a program that starts others. */
  readonly group?: boolean;
  /** Hears the number of the process. */
  readonly onStart?: (pid: number) => void;
}

/** How a program ended: by itself, or by a signal. */
export interface Ending {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Runs one program with descriptors handed on as they are, and waits for its end. Nothing is read, buffered or judged
 * here: that is for the caller. (Node's own spawn: none of what execa adds is of use here, and loading it would take
 * longer than starting the child.) A signal to this process, or `stop`, ends the child.
 */
export async function runForeground(program: Foreground): Promise<Ending> {
  const child = startForeground(program, program.group ?? false);
  if (child.pid !== undefined) program.onStart?.(child.pid);
  const end = (): void => {
    if (program.group && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGTERM');
  };
  const stop = AbortSignal.any([interruption, ...(program.stop ? [program.stop] : [])]);
  stop.addEventListener('abort', end);
  try {
    return await endingOf(program.command, child);
  } finally {
    stop.removeEventListener('abort', end);
  }
}

/** Starts a program in a session of its own, which goes on when this process has ended; resolves when it has begun. */
export async function startDetached(program: Foreground): Promise<void> {
  const child = startForeground(program, true);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new ChildFailure(program.command, reason(error), undefined)));
  });
  child.unref();
}

function startForeground({ command, args, env, stdio }: Foreground, detached: boolean): ChildProcess {
  return spawn(findProgram(command), args, {
    stdio: stdio ?? 'inherit',
    env: env ?? childEnvironment(),
    detached,
  });
}

function endingOf(command: string, child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new ChildFailure(command, reason(error), undefined)));
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
}
