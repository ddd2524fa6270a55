import { CommandError, failure, findProgram, runPipeline, type Stage, type Wiring } from 'command-line';
import { escapePath } from 'path-stream';
import type { Made, Pass } from './source.ts';

/** So many lines of a program that has ended well are passed on. */
const most = 10;

/**
 * Runs the program that makes a dump, and keeps what it says beside, but for what it always says: a warning is for people, though it ends
 * with 0.
 */
export async function runDumpProgram(
  stage: Stage,
  pass: Pass,
  { input, usual }: { input?: Wiring['input']; usual?: RegExp } = {},
): Promise<Made> {
  const said: string[] = [];
  const onMessage = (line: string): void => {
    if (said.length < most && line.trim() !== '' && !usual?.test(line)) said.push(escapePath(line));
  };
  await pass(async (output, stop) => {
    const wiring = { ...(input !== undefined && { input }), output, stop };
    await runPipeline([{ ...inLargePieces(stage), onMessage }], wiring);
  });
  return { doubts: [], said };
}

/** Dump programs write a page at a time into a pipe, which costs them, and who reads, as much again as making the dump (stdbuf(1)). */
function inLargePieces(stage: Stage): Stage {
  const { command, args, name = command } = stage;
  return { ...stage, name, command: 'stdbuf', args: ['-o', '64K', findProgram(command), ...args] };
}

/** Adds what to do about it to a failure that is of a known kind. */
export async function withHint<T>(kind: RegExp, hint: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof CommandError && error.hint === undefined && kind.test(error.why)
      ? failure(error.what, error.why, hint)
      : error;
  }
}
