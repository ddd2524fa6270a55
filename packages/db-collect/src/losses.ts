import { CommandError, interruption, type Report, reason } from 'command-line';

/** Names what the rest goes on after, and counts it as a loss: all but this command's own end, which is thrown on. */
export function tellFailure(what: string, error: unknown, report: Report): void {
  if (interruption.aborted) throw error;
  if (error instanceof CommandError)
    report.loss(what, error.what === what ? error.why : error.message, error.hint);
  else report.loss(what, `internal error: ${reason(error)}`);
}
