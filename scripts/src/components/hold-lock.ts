import type { Readable } from 'node:stream';
import {
  ChildFailure,
  CommandError,
  failure,
  interruption,
  type Report,
  runPipeline,
  type Stage,
} from 'command-line';
import { type BytePath, escapePath, RecordTooLong, readPaths } from 'path-stream';

/**
 * A lock that a program takes: it writes a line when it has it, keeps it until its stdin ends, and then releases it and exits
 * with 0. That somebody else has held it for too long it can say by itself, with exit code 75 and the name of the lock as its last
 * message.
 */
export interface Lock {
  /** What is locked, for messages. */
  readonly what: string;
  readonly program: Stage;
  /** How many seconds its line is waited for. */
  readonly timeout: number;
  /** So many more for one that counts them itself. */
  readonly slack?: number;
  /** What the program gets to read at once. */
  readonly greeting?: string;
}

/** What was done under a lock, and what befell the lock meanwhile, if something did. */
export interface Held<T> {
  readonly result: T;
  readonly lost: CommandError | undefined;
}

const busy = 75; // EX_TEMPFAIL of sysexits(3)

/** That somebody else holds a lock, which is not broken for that. */
export function heldByOthers(what: string, seconds: number): CommandError {
  return failure(
    what,
    `the lock is held by somebody else: waited ${seconds} s`,
    'see who holds it, or let `timeout` be longer: it was not broken, and the next run tries again',
  );
}

/**
 * Does a work while a lock is held. The work gets the line with which the program said so. However the work ends, and where this
 * process ends, the program's stdin does too: it is the only one that has the other end.
 */
export async function whileLocked<T>(
  lock: Lock,
  report: Report,
  work: (line: BytePath) => Promise<T>,
): Promise<Held<T>> {
  const { what, program, timeout, slack = 0, greeting = '' } = lock;
  const [sign, over, late] = [defer<BytePath>(), defer<void>(), defer<never>()];
  late.promise.catch(() => {}); // heard below, if the program is there yet
  const release = (): void => over.resolve();
  let said: string | undefined;
  let hasEnded = false;
  const name = program.name ?? program.command;
  const onMessage = (line: string): void => {
    said = escapePath(line);
    report.detail(name, said);
  };
  const holding = runPipeline([{ ...program, onMessage, onEnd: release }], {
    input: async (stdin) => {
      stdin.write(greeting);
      await over.promise;
    },
    output: (stdout) => Promise.race([hear(name, stdout, sign.resolve), late.promise]),
  }).finally(() => {
    hasEnded = true;
  });
  holding.catch(() => {}); // heard below
  interruption.addEventListener('abort', release);
  let timer = setTimeout(() => late.reject(heldByOthers(what, timeout)), (timeout + slack) * 1000);
  try {
    const line = await Promise.race([sign.promise, holding.then(() => endedEarly(name))]);
    clearTimeout(timer);
    const result = await work(line);
    if (hasEnded) return { result, lost: await failureOf(holding.then(() => endedEarly(name))) };
    timer = setTimeout(
      () => late.reject(failure(name, `has not released the lock in ${timeout} s`)),
      timeout * 1000,
    );
    release();
    return { result, lost: await failureOf(holding) };
  } catch (error) {
    const isBusy = error instanceof ChildFailure && error.childExitCode === busy && !interruption.aborted;
    throw isBusy ? heldByOthers(said ?? what, timeout) : error;
  } finally {
    release();
    await holding.catch(() => {});
    clearTimeout(timer);
    interruption.removeEventListener('abort', release);
  }
}

function endedEarly(name: string): never {
  throw failure(name, 'ended without being told to');
}

async function failureOf(work: Promise<unknown>): Promise<CommandError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof CommandError && !interruption.aborted) return error;
    throw error;
  }
}

/** Takes the first line; what follows is of no interest, but a pipe that nobody reads would stop the program. */
async function hear(name: string, stdout: Readable, onLine: (line: BytePath) => void): Promise<void> {
  try {
    for await (const [line] of readPaths(stdout, '\n')) if (line !== undefined) onLine(line);
  } catch (error) {
    throw error instanceof RecordTooLong ? failure(name, 'wrote a line of more than 1 MiB') : error;
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function defer<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, 'promise'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as Omit<Deferred<T>, 'promise'>) };
}
