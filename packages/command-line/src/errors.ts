import { getSystemErrorMap } from 'node:util';
import { exitCodes } from './exit.ts';

/** The one error type that ends a command: what, why, and what to do about it. */
export class CommandError extends Error {
  readonly what: string;
  readonly why: string;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(exitCode: number, what: string, why: string, hint?: string) {
    super(`${what}: ${why}`);
    this.name = 'CommandError';
    this.what = what;
    this.why = why;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/** Nothing could be produced: exit code 2. */
export function failure(what: string, why: string, hint?: string): CommandError {
  return new CommandError(exitCodes.failed, what, why, hint);
}

/** The options, operands or configuration are wrong: exit code 64. */
export function usageError(what: string, why: string, hint?: string): CommandError {
  return new CommandError(exitCodes.usage, what, why, hint);
}

/** What was thrown and foreseen by nobody. */
export function internalError(error: unknown): CommandError {
  return failure('internal error', reason(error), 'this is a defect: please report it with the command line');
}

/** The `code` of a system error (`ENOENT`), or undefined for any other value. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Why a call failed, in the words of errno(3): `no such file or directory`, without path or stack. */
export function reason(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const errno = 'errno' in error && typeof error.errno === 'number' ? error.errno : undefined;
  const known = errno === undefined ? undefined : getSystemErrorMap().get(errno);
  return known ? known[1] : error.message;
}
