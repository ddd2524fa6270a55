import type { Readable, Writable } from 'node:stream';
import type { BytePath } from 'path-stream';
import { argumentBytes } from './argv.ts';
import { CommandError, errorCode, internalError, reason } from './errors.ts';
import { exitCodes, interruptSignals } from './exit.ts';
import { abandonWork, interruption, receivedSignal, watchSignals } from './interrupt.ts';
import type { Command, commonOptions, OptionTable, Values } from './options.ts';
import { parseArguments } from './parse.ts';
import { type ProgressLine, progressMark, Report } from './report.ts';
import { openStdout, stderrIsTerminal, writeStderr } from './standard-streams.ts';

/** Set by the bundler from the package's version. */
declare const HCOOP_VERSION: string | undefined;

/** The version of the command that runs. */
export const version = typeof HCOOP_VERSION === 'string' ? HCOOP_VERSION : 'unbuilt';

/** What a command's main function is given. */
export interface Call<T extends OptionTable> {
  readonly options: Values<T & typeof commonOptions>;
  readonly operands: readonly BytePath[];
  readonly report: Report;
  readonly stdin: () => Readable;
  readonly stdout: Writable;
}

/** A command's main function. It may return the exit code, that of a program in whose place the command stands. */
// biome-ignore lint/suspicious/noConfusingVoidType: most return nothing at all
export type Main<T extends OptionTable> = (call: Call<T>) => Promise<number | void>;

/**
 * Runs a command from its arguments to its exit code. The code is 0, or 1 where a loss was reported; a
 * thrown CommandError brings its own. `process.exit` is never called: it would lose output on its way.
 */
export function runCommand<T extends OptionTable>(
  command: Command<T>,
  main: Main<T>,
  args: readonly BytePath[] = argumentBytes(),
): void {
  // Until the work has come to its end, this holds: a wait that nothing will ever end lets node leave quietly.
  process.exitCode = exitCodes.failed;
  const gaveUp = (): void => writeStderr(`${command.name}: internal error: ended before its work was done\n`);
  process.once('beforeExit', gaveUp);
  void execute(command, main, args).then((code) => {
    process.exitCode = code;
    process.removeListener('beforeExit', gaveUp);
  });
}

async function execute<T extends OptionTable>(
  command: Command<T>,
  main: Main<T>,
  args: readonly BytePath[],
): Promise<number> {
  watchSignals();
  let report = new Report(command.name, 'normal');
  const streams = openStreams();
  // Left to itself, node ends with 1 then, which says that everything else was done. (An unhandled rejection comes here, too.)
  let uncaught: unknown;
  process.on('uncaughtException', (error) => {
    explain(report, error, null);
    uncaught ??= error;
    abandonWork();
  });
  try {
    let exitCode: number | undefined;
    const parsed = await parseArguments(command, args);
    if (parsed.kind === 'run') {
      report = await reportFor(command.name, parsed.options);
      exitCode =
        (await main({ ...parsed, report, stdin: streams.stdin, stdout: streams.stdout })) ?? undefined;
    } else {
      streams.stdout.write(parsed.kind === 'help' ? parsed.text : `${command.name} ${version}\n`);
    }
    await streams.flush();
    if (uncaught !== undefined) return exitCodes.failed;
    // A loss counts, whatever a program in this one's place ended with.
    return exitCode || report.exitCode;
  } catch (error) {
    return uncaught === undefined ? explain(report, error, streams.stdout.errored) : exitCodes.failed;
  } finally {
    report.clear();
    streams.close();
  }
}

async function reportFor(
  name: string,
  { quiet, verbose, progress, 'mark-losses': marks }: Values<typeof commonOptions>,
): Promise<Report> {
  if (quiet) return new Report(name, 'quiet', undefined, { marks });
  const verbosity = verbose ? 'verbose' : 'normal';
  if (stderrIsTerminal) return new Report(name, verbosity, await terminalLine(), { marks });
  return new Report(name, verbosity, progress ? programLines(name) : undefined, { marks });
}

/** A line that is drawn over. */
async function terminalLine(): Promise<ProgressLine> {
  // Loaded only here: it touches process.stdout where stderr is no terminal (see standard-streams.ts).
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(process.stderr);
  const clear = (): void => {
    update.clear();
    update.done();
  };
  return Object.assign((text: string) => update(text), { clear, interval: 100 });
}

/** Lines for whoever reads them. */
function programLines(name: string): ProgressLine {
  const start = `${name}: `;
  const say = (text: string): void => writeStderr(`${start}${progressMark}${text.slice(start.length)}\n`);
  return Object.assign(say, { clear: () => {}, interval: 1000 });
}

function openStreams() {
  let stdin: Readable | undefined;
  const stdout = openStdout();
  stdout.on('error', () => {}); // every write and the flush see it
  const close = (): void => {
    stdin?.destroy();
  };
  interruption.addEventListener('abort', () => {
    stdin?.destroy(new Error('interrupted'));
    stdout.destroy(new Error('interrupted'));
  });
  return {
    stdin: () => {
      stdin = process.stdin;
      return stdin;
    },
    stdout,
    close,
    flush: async () => {
      await new Promise<void>((resolve, reject) => {
        stdout.end((error?: Error | null) => (error ? reject(error) : resolve()));
      });
    },
  };
}

/** What a command whose work threw this ends with. */
export function exitCodeOf(error: unknown): number {
  const signal = receivedSignal();
  if (signal !== undefined) return interruptSignals[signal];
  return error instanceof CommandError ? error.exitCode : exitCodes.failed;
}

function explain(report: Report, error: unknown, stdoutError: Error | null): number {
  const signal = receivedSignal();
  if (signal !== undefined) {
    report.error('interrupted', signal);
    return interruptSignals[signal];
  }
  if (stdoutError !== null) {
    if (errorCode(stdoutError) === 'EPIPE') return exitCodes.readerClosed;
    report.error('standard output', reason(stdoutError));
    return exitCodes.failed;
  }
  if (error instanceof CommandError) {
    if (error.exitCode !== exitCodes.readerClosed) report.error(error.what, error.why, error.hint);
    return error.exitCode;
  }
  const { what, why, hint } = internalError(error);
  report.error(what, why, hint);
  return exitCodes.failed;
}
