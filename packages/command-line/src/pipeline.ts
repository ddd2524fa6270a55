import { createReadStream, createWriteStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { escapePath, readPaths } from 'path-stream';
import { CommandError, failure } from './errors.ts';
import { exitCodes } from './exit.ts';
import { interruption } from './interrupt.ts';
import { childEnvironment, findProgram, hasProgram } from './programs.ts';

/** One program of a pipeline. */
export interface Stage {
  readonly command: string;
  readonly args: readonly string[];
  /** What messages call it; the command without it. */
  readonly name?: string;
  readonly cwd?: string;
  /** Added to the listed environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether an exit code is no failure, asked after all of stderr was heard; without it, only 0 is none. */
  readonly accept?: (exitCode: number) => boolean;
  /** Lines of stderr that do not tell why it failed. */
  readonly noise?: RegExp;
  /** Takes each line of stderr. */
  readonly onMessage?: (line: string) => void;
}

/** What goes in at the first stage and what comes out of the last. */
export interface Wiring {
  /** An open file for stdin, or a function that writes to it (it need not end it); nothing without it. */
  readonly input?: number | ((stdin: Writable) => Promise<void>);
  /** An open file for stdout, or a function that reads it; discarded without it. */
  readonly output?: number | ((stdout: Readable) => Promise<void>);
}

/** A child that did not do its work: which, how it ended, and the last thing it said. */
export class ChildFailure extends CommandError {
  readonly childExitCode: number | undefined;

  constructor(command: string, how: string, lastMessage: string | undefined, childExitCode?: number) {
    super(exitCodes.failed, command, lastMessage === undefined ? how : `${how}: ${lastMessage}`);
    this.name = 'ChildFailure';
    this.childExitCode = childExitCode;
  }
}

interface Outcome {
  readonly stage: Stage;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly lastMessage: string | undefined;
  readonly saidBrokenPipe: boolean;
}

/**
 * Runs the stages as one pipeline and returns their exit codes when all have ended well. Each stage's stdout
 * is the next one's stdin itself: the bytes never pass through this process. Every exit code is checked; the
 * failure that is reported is the cause, not the broken pipe it led to. When feeding or reading throws, the
 * children are ended and that error is thrown. Children die with this process, even by SIGKILL.
 */
export async function runPipeline(stages: readonly Stage[], wiring: Wiring = {}): Promise<number[]> {
  const stop = new AbortController();
  const children = startAll(stages, wiring, AbortSignal.any([stop.signal, interruption]));
  const first = children[0]?.process;
  const last = children.at(-1)?.process;
  // Without a reader, node drains a child's stdout when the child ends: this one keeps all for a late reader.
  if (typeof wiring.output === 'function') last?.stdout?.on('readable', () => {});
  const guard = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      stop.abort();
      last?.stdout?.destroy(); // a stream that nobody reads to its end would never end
      throw error;
    }
  };
  const tasks: Promise<void>[] = [];
  if (typeof wiring.input === 'function' && first?.stdin) tasks.push(guard(feed(wiring.input, first.stdin)));
  if (typeof wiring.output === 'function' && last?.stdout) tasks.push(guard(wiring.output(last.stdout)));
  const transfers = Promise.allSettled(tasks);
  const outcomes = await Promise.all(children.map((child) => child.outcome));
  // A failed child is reported at once: the feed may wait for ever on a stdin of ours that nobody writes.
  if (!stop.signal.aborted) throwFirstFailure(outcomes);
  for (const transfer of await transfers) if (transfer.status === 'rejected') throw transfer.reason;
  return outcomes.map((outcome) => outcome.exitCode ?? -1);
}

/** Runs one program and returns what it wrote to stdout (for small outputs only). */
export async function captureOutput(stage: Stage, input?: Wiring['input']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const output = async (stdout: Readable): Promise<void> => {
    for await (const chunk of stdout) chunks.push(chunk as Buffer);
  };
  await runPipeline([stage], input === undefined ? { output } : { input, output });
  return Buffer.concat(chunks);
}

function startAll(stages: readonly Stage[], wiring: Wiring, cancelSignal: AbortSignal) {
  // All are found before any is started, and all are started in one tick: a producer that ends before its
  // consumer exists would make the start fail.
  const commands = stages.map((stage) => withParentDeath(findProgram(stage.command), stage.args));
  let upstream: Readable | undefined;
  return stages.map((stage, i) => {
    const [file = '', ...args] = commands[i] ?? [];
    const process = execa(file, args, {
      stdin: upstream ?? headOf(wiring.input),
      stdout: i < stages.length - 1 ? 'pipe' : tailOf(wiring.output),
      stderr: 'pipe',
      env: childEnvironment(stage.env),
      extendEnv: false,
      ...(stage.cwd === undefined ? {} : { cwd: stage.cwd }),
      buffer: false,
      cleanup: false, // its signal handlers would end this process; the kernel does it (see below)
      reject: false,
      cancelSignal,
      forceKillAfterDelay: 2000,
    });
    // The next child has it now. A copy kept here would leave the producer hanging if the consumer died.
    upstream?.destroy();
    upstream = process.stdout ?? undefined;
    return { process, outcome: settle(stage, process.stderr, process) };
  });
}

// execa takes an open file as a stream around it; nothing is read or written through that stream.
function headOf(input: Wiring['input']) {
  if (typeof input === 'number') return createReadStream('', { fd: input, autoClose: false });
  return input === undefined ? 'ignore' : 'pipe';
}

function tailOf(output: Wiring['output']) {
  if (typeof output === 'number') return createWriteStream('', { fd: output, autoClose: false });
  return output === undefined ? 'ignore' : 'pipe';
}

/** setpriv (util-linux) asks the kernel to kill the child when this process dies: prctl(2), PDEATHSIG. */
function withParentDeath(program: string, args: readonly string[]): string[] {
  if (!hasProgram('setpriv')) return [program, ...args];
  return [findProgram('setpriv'), '--pdeathsig', 'KILL', '--', program, ...args];
}

type Ending = PromiseLike<{ exitCode?: number | undefined; signal?: string | undefined }>;

async function settle(stage: Stage, stderr: Readable, ending: Ending): Promise<Outcome> {
  let lastMessage: string | undefined;
  let saidBrokenPipe = false;
  const listen = async (): Promise<void> => {
    for await (const lines of readPaths(stderr, '\n')) {
      for (const line of lines) stage.onMessage?.(line);
      // The pipes between children are socket pairs: they are reset where a pipe would break.
      saidBrokenPipe ||= lines.some((line) => /broken pipe|connection reset by peer/i.test(line));
      lastMessage = lines.findLast((line) => line.trim() !== '' && !stage.noise?.test(line)) ?? lastMessage;
    }
  };
  const [{ exitCode, signal }] = await Promise.all([ending, listen()]);
  return { stage, exitCode, signal, lastMessage, saidBrokenPipe };
}

async function feed(write: (stdin: Writable) => Promise<void>, stdin: Writable): Promise<void> {
  try {
    stdin.on('error', () => {}); // seen by the writes
    await write(stdin);
    stdin.end();
  } catch (error) {
    // The child closed its stdin: its own exit code tells whether that was right.
    if (stdin.errored === null || stdin.errored !== error) throw error;
  }
}

/** By the signal, by our own exit code for it, or, from programs that outlive the signal, in words. */
function brokePipe({ signal, exitCode, saidBrokenPipe }: Outcome): boolean {
  return signal === 'SIGPIPE' || exitCode === exitCodes.readerClosed || saidBrokenPipe;
}

function throwFirstFailure(outcomes: readonly Outcome[]): void {
  if (interruption.aborted) throw failure('interrupted', 'the children were ended');
  const failed = outcomes.filter(
    ({ stage, exitCode }) => exitCode === undefined || !(stage.accept?.(exitCode) ?? exitCode === 0),
  );
  const cause = failed.find((outcome) => !brokePipe(outcome)) ?? failed[0];
  if (cause === undefined) return;
  // Nothing but broken pipes, up to the last stage: whoever reads that one has had enough.
  if (brokePipe(cause) && failed.at(-1) === outcomes.at(-1))
    throw new CommandError(exitCodes.readerClosed, 'standard output', 'its reader has closed');
  const how =
    cause.signal === undefined ? `failed with exit code ${cause.exitCode}` : `ended by ${cause.signal}`;
  throw new ChildFailure(
    cause.stage.name ?? cause.stage.command,
    how,
    cause.lastMessage && escapePath(cause.lastMessage),
    cause.exitCode,
  );
}
