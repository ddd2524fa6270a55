import { createReadStream, createWriteStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { execa as Execa } from 'execa';
import { errorCode, failure } from './errors.ts';
import { interruption } from './interrupt.ts';
import { settle, throwCause } from './outcome.ts';
import { childEnvironment, findProgram, hasProgram } from './programs.ts';
import { openMessages, settleUnread } from './unread.ts';

/** One program of a pipeline. */
export interface Stage {
  readonly command: string;
  readonly args: readonly string[];
  /** What messages call it; the command without it. */
  readonly name?: string;
  readonly cwd?: string;
  /** Whose rights it has, where this process is root's; without it, this process's own. */
  readonly user?: User;
  /** Added to the listed environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether an exit code is no failure, asked after all of stderr was heard; without it, only 0 is none. */
  readonly accept?: (exitCode: number) => boolean;
  /** Lines of stderr that do not tell why it failed. */
  readonly noise?: RegExp;
  /** Takes each line of stderr. */
  readonly onMessage?: (line: string) => void;
  /**
   * It writes to no pipe of ours, or to this process alone, whose own failure comes first: what it says of a broken pipe, or of a connection
   * that was reset, is about another one, and its own failure.
   */
  readonly isSink?: boolean;
  /** Hears that it has ended, before anybody judges how: programs that it has started may hold its stdin and stderr yet. */
  readonly onEnd?: () => void;
  /**
   * Of a program that a signal must not end (see unread.ts): it is ended by closing what it writes to. What is still there so many ms
   * later is left alone.
   */
  readonly endsUnread?: number;
  /** Where its stdout goes on the way to the next stage, which must be there. */
  readonly detour?: Detour;
}

/** A user of this system, by numbers (credentials(7)). */
export interface User {
  readonly uid: number;
  readonly gid: number;
  /** Whether the groups are those that group(5) has for the user: one that passwd(5) does not know has only `gid`. */
  readonly isKnown: boolean;
}

/** Somebody in this process who reads what one stage writes and hands it to the next one: pipes of its own. */
export interface Detour {
  /** The writing end of the first pipe, and the reading end of the second. */
  readonly into: number;
  readonly from: number;
  /** Resolves when all has been passed on, or one of the stages has gone; rejects when that was not possible. */
  readonly passed: Promise<void>;
  /** Closes both ends, once: here when the children have them, elsewhere where nothing was started. */
  readonly release: () => void;
}

/** Somebody who writes what the first stage reads, into a pipe of his own. */
export interface Feed {
  /** The reading end. */
  readonly from: number;
  /** Writes; called when the children are there. Resolves when all has been written, or nobody reads it; what it rejects with ends them. */
  readonly write: () => Promise<void>;
  /** Closes the reading end, once: here when the first child has it, elsewhere where nothing was started. */
  readonly release: () => void;
}

/** What goes in at the first stage and what comes out of the last. */
export interface Wiring {
  /** An open file for stdin, a function that writes to it (it need not end it), or a pipe that is fed; nothing without it. */
  readonly input?: number | ((stdin: Writable) => Promise<void>) | Feed;
  /** An open file for stdout, or a function that reads it; discarded without it. */
  readonly output?: number | ((stdout: Readable) => Promise<void>);
  /** Ends the children when it aborts. */
  readonly stop?: AbortSignal;
}

/**
 * Runs the stages as one pipeline and returns their exit codes when all have ended well. Each stage's stdout
 * is the next one's stdin itself: the bytes never pass through this process. Every exit code is checked; the
 * failure that is reported is the cause, not the broken pipe it led to. When feeding or reading throws, the
 * children are ended and that error is thrown. Children die with this process, even by SIGKILL.
 */
export async function runPipeline(stages: readonly Stage[], wiring: Wiring = {}): Promise<number[]> {
  const { execa } = await import('execa'); // not before a child is needed: it takes a while to load
  const stop = new AbortController();
  let children: ReturnType<typeof startAll>;
  try {
    const signals = [stop.signal, interruption, ...(wiring.stop ? [wiring.stop] : [])];
    children = startAll(execa, stages, wiring, AbortSignal.any(signals));
  } finally {
    for (const { detour } of stages) detour?.release();
    if (isFeed(wiring.input)) wiring.input.release();
  }
  const first = children[0]?.process;
  const last = children.at(-1)?.process;
  // Without a reader, node drains a child's stdout when the child ends: this one keeps all for a late reader.
  if (typeof wiring.output === 'function') last?.stdout?.on('readable', () => {});
  let cause: { readonly error: unknown } | undefined;
  const guard = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      cause ??= { error };
      stop.abort();
      last?.stdout?.destroy(); // a stream that nobody reads to its end would never end
      throw error;
    }
  };
  const feeding =
    typeof wiring.input === 'function' && first?.stdin ? guard(feed(wiring.input, first.stdin)) : undefined;
  const tasks: Promise<void>[] = [];
  if (typeof wiring.output === 'function' && last?.stdout) tasks.push(guard(wiring.output(last.stdout)));
  for (const { detour } of stages) if (detour) tasks.push(guard(detour.passed));
  if (isFeed(wiring.input)) tasks.push(guard(wiring.input.write()));
  const transfers = Promise.allSettled(tasks);
  feeding?.catch(() => {}); // seen below
  const outcomes = await Promise.all(children.map((child) => child.outcome));
  // A failure is reported at once: a feed may wait for ever, on a stdin of ours that nobody writes or one that nobody reads.
  if (cause === undefined) throwCause(outcomes);
  const passed = await transfers;
  if (cause !== undefined) throw cause.error;
  await feeding;
  for (const transfer of passed) if (transfer.status === 'rejected') throw transfer.reason;
  return outcomes.map((outcome) => outcome.exitCode ?? -1);
}

/** Larger than anything that is captured: package lists, a status. */
const longestOutput = 1 << 26;

/** Runs one program and returns what it wrote to stdout (for small outputs only: more than 64 MiB are an error). */
export async function captureOutput(
  stage: Stage,
  input?: Wiring['input'],
  stop?: AbortSignal,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  const output = async (stdout: Readable): Promise<void> => {
    for await (const chunk of stdout) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length > longestOutput) throw failure(stage.name ?? stage.command, 'wrote more than 64 MiB');
    }
  };
  await runPipeline([stage], { output, ...(input !== undefined && { input }), ...(stop && { stop }) });
  return Buffer.concat(chunks);
}

function startAll(execa: typeof Execa, stages: readonly Stage[], wiring: Wiring, cancelSignal: AbortSignal) {
  // All are found before any is started, and all are started in one tick: a producer that ends before its
  // consumer exists would make the start fail.
  const commands = stages.map((stage) => commandLine(stage));
  let upstream: Readable | undefined;
  let before: Readable | null = null;
  return stages.map((stage, i) => {
    const [file = '', ...args] = commands[i] ?? [];
    const { detour, endsUnread } = stage;
    const messages = endsUnread === undefined ? undefined : openMessages();
    const process = execa(file, args, {
      stdin: upstream ?? headOf(wiring.input),
      stdout: detour ? fileOut(detour.into) : i < stages.length - 1 ? 'pipe' : tailOf(wiring.output),
      stderr: messages === undefined ? 'pipe' : fileOut(messages),
      env: childEnvironment(stage.env),
      extendEnv: false,
      ...(stage.cwd === undefined ? {} : { cwd: stage.cwd }),
      buffer: false,
      cleanup: false, // its signal handlers would end this process; the kernel does it (see below)
      reject: false,
      ...(endsUnread === undefined ? { cancelSignal, forceKillAfterDelay: 2000 } : { detached: true }),
    });
    if (stage.onEnd) process.once('exit', stage.onEnd);
    // The next child has it now. A copy kept here would leave the producer hanging if the consumer died.
    before?.destroy();
    before = process.stdout;
    upstream = detour ? fileIn(detour.from) : (process.stdout ?? undefined);
    const outcome =
      messages === undefined || endsUnread === undefined
        ? settle(stage, process.stderr as Readable, process)
        : settleUnread(stage, process, messages, endsUnread, cancelSignal);
    return { process, outcome };
  });
}

// execa takes an open file as a stream around it; nothing is read or written through that stream.
function fileIn(fd: number): Readable {
  return createReadStream('', { fd, autoClose: false });
}

function fileOut(fd: number): Writable {
  return createWriteStream('', { fd, autoClose: false });
}

function isFeed(input: Wiring['input']): input is Feed {
  return typeof input === 'object';
}

function headOf(input: Wiring['input']) {
  if (typeof input === 'number') return fileIn(input);
  if (isFeed(input)) return fileIn(input.from);
  return input === undefined ? 'ignore' : 'pipe';
}

function tailOf(output: Wiring['output']) {
  if (typeof output === 'number') return fileOut(output);
  return output === undefined ? 'ignore' : 'pipe';
}

/**
 * setpriv (util-linux) asks the kernel to kill the child when this process dies (prctl(2), PDEATHSIG), and gives it the rights of its
 * user.
 */
function commandLine({ command, args, endsUnread, user }: Stage): string[] {
  const program = findProgram(command);
  const dies = endsUnread === undefined ? ['--pdeathsig', 'KILL'] : [];
  const rights = user === undefined ? [] : rightsOf(user);
  if (rights.length === 0 && (dies.length === 0 || !hasProgram('setpriv'))) return [program, ...args];
  return [findProgram('setpriv'), ...rights, ...dies, '--', program, ...args];
}

function rightsOf({ uid, gid, isKnown }: User): string[] {
  return ['--reuid', String(uid), '--regid', String(gid), isKnown ? '--init-groups' : '--clear-groups'];
}

/** As a write to a child that has gone fails: its stdin is a socket. */
function isBrokenPipe(error: unknown): boolean {
  return ['EPIPE', 'ECONNRESET'].includes(errorCode(error) ?? '');
}

async function feed(write: (stdin: Writable) => Promise<void>, stdin: Writable): Promise<void> {
  try {
    stdin.on('error', () => {}); // seen by the writes
    await write(stdin);
    stdin.end();
  } catch (error) {
    // The child closed its stdin: its own exit code tells whether that was right.
    // What stream.pipeline() destroyed it with is the writer's own failure.
    if ((stdin.errored ?? error) !== error || !isBrokenPipe(error)) throw error;
  }
}
