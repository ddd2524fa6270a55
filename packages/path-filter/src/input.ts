import { type Call, CommandError, exitCodes, reason } from 'command-line';
import { RecordTooLong, readBlocks } from 'path-stream';
import type { command } from './options.ts';

type PathCall = Call<(typeof command)['options']>;

/** Whether the paths come on stdin, as `inputPaths` sees it. */
export function readsStdin({ operands }: PathCall): boolean {
  return operands.length === 0 || (operands.length === 1 && operands[0] === '-');
}

/** The paths on stdin as blocks of whole records. */
export async function* inputBlocks({ stdin, options }: PathCall): AsyncGenerator<Buffer> {
  try {
    yield* readBlocks(stdin(), options.null ? '\0' : '\n');
  } catch (error) {
    if (!(error instanceof RecordTooLong)) throw error;
    throw new CommandError(exitCodes.failed, 'input', reason(error), 'use -0 for NUL-terminated paths');
  }
}
