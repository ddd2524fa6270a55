import type { Readable } from 'node:stream';
import { escapePath, RecordTooLong, readPaths } from 'path-stream';
import { CommandError, failure } from './errors.ts';
import { exitCodes } from './exit.ts';
import { interruption } from './interrupt.ts';
import type { Stage } from './pipeline.ts';

/** A child that did not do its work: which, how it ended, and the last thing it said. */
export class ChildFailure extends CommandError {
  readonly childExitCode: number | undefined;

  constructor(command: string, how: string, lastMessage: string | undefined, childExitCode?: number) {
    super(exitCodes.failed, command, lastMessage === undefined ? how : `${how}: ${lastMessage}`);
    this.name = 'ChildFailure';
    this.childExitCode = childExitCode;
  }
}

/** So much of what a child said last, in bytes, is told of its failure. */
const longestMessage = 1000;

/** How a child ended. */
export interface Outcome {
  readonly stage: Stage;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly lastMessage: string | undefined;
  readonly saidBrokenPipe: boolean;
}

type Ending = PromiseLike<{ exitCode?: number | undefined; signal?: string | undefined }>;

/** Hears all that a child says, and waits for its end. */
export async function settle(
  stage: Stage,
  stderr: Readable | AsyncIterable<Buffer>,
  ending: Ending,
): Promise<Outcome> {
  let lastMessage: string | undefined;
  let saidBrokenPipe = false;
  const hear = async (): Promise<void> => {
    for await (const lines of readPaths(stderr, '\n')) {
      for (const line of lines) stage.onMessage?.(line);
      // The pipes between children are socket pairs: they are reset where a pipe would break.
      saidBrokenPipe ||= lines.some((line) => /broken pipe|connection reset by peer/i.test(line));
      lastMessage = lines.findLast((line) => line.trim() !== '' && !stage.noise?.test(line)) ?? lastMessage;
    }
  };
  const listen = (): Promise<void> =>
    hear().catch((error: unknown) => {
      if (!(error instanceof RecordTooLong)) throw error;
      lastMessage = 'a message of more than 1 MiB';
    });
  const [{ exitCode, signal }] = await Promise.all([ending, listen()]);
  return { stage, exitCode, signal, lastMessage, saidBrokenPipe };
}

/** By the signal, by our own exit code for it, or, from programs that outlive the signal, in words. */
function brokePipe({ stage, signal, exitCode, saidBrokenPipe }: Outcome): boolean {
  if (stage.isSink) return false;
  return signal === 'SIGPIPE' || exitCode === exitCodes.readerClosed || saidBrokenPipe;
}

/** Throws for the child that failed first, if one did: the cause, not the broken pipes that it led to. */
export function throwCause(outcomes: readonly Outcome[]): void {
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
    cause.lastMessage && escapePath(cause.lastMessage.slice(0, longestMessage)),
    cause.exitCode,
  );
}
