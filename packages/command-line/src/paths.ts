import { type BytePath, escapePath, PathWriter, RecordTooLong, readBlocks, readPaths } from 'path-stream';
import { CommandError, reason } from './errors.ts';
import { exitCodes } from './exit.ts';
import type { OptionTable } from './options.ts';
import type { Call } from './run.ts';

type Input = Pick<Call<OptionTable>, 'operands' | 'report' | 'stdin'>;
type NullOption = { readonly null: boolean };

/** Whether a command works on what comes on stdin: where there are no operands, or the only one is `-`. */
export function readsStdin({ operands }: Pick<Input, 'operands'>): boolean {
  return operands.length === 0 || (operands.length === 1 && operands[0] === '-');
}

/** The records to work on: the operands, or those on stdin. */
export async function* inputRecords(
  call: Omit<Input, 'report'>,
  options: NullOption,
): AsyncGenerator<BytePath[]> {
  if (readsStdin(call)) yield* explained(readPaths(call.stdin(), terminator(options)));
  else yield [...call.operands];
}

/** The same where each is a path: an empty one is named, and counted as a loss. */
export async function* inputPaths(call: Input, options: NullOption): AsyncGenerator<BytePath[]> {
  for await (const batch of inputRecords(call, options)) {
    if (batch.includes('')) nameEmptyPath(call);
    yield batch.filter((path) => path !== '');
  }
}

/** What is on stdin, in blocks of whole records: for a command to which a string for each path would cost too much. */
export function inputBlocks({ stdin }: Pick<Input, 'stdin'>, options: NullOption): AsyncGenerator<Buffer> {
  return explained(readBlocks(stdin(), terminator(options)));
}

/** An empty record is no path: a loss. */
export function nameEmptyPath({ report }: Pick<Input, 'report'>): void {
  report.loss('input', 'an empty path', 'a path is at least one byte');
}

/** A writer of paths on stdout; what line mode cannot carry is named and counted as a loss. */
export function outputPaths(
  call: Pick<Call<OptionTable>, 'report' | 'stdout'>,
  options: NullOption,
): PathWriter {
  return new PathWriter(call.stdout, terminator(options), (path) => {
    call.report.loss(escapePath(path), 'a newline in the name cannot go out line by line', 'use -0');
  });
}

function terminator(options: NullOption): '\0' | '\n' {
  return options.null ? '\0' : '\n';
}

async function* explained<T>(records: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* records;
  } catch (error) {
    if (!(error instanceof RecordTooLong)) throw error;
    throw new CommandError(exitCodes.failed, 'input', reason(error), 'use -0 for NUL-terminated paths');
  }
}
