import { CommandError, errorCode, internalError, interruption, type Report, reason } from 'command-line';
import type { Machine } from './machine.ts';

/** What every step of bringing a system back works with. */
export interface Restoration {
  readonly machine: Machine;
  readonly report: Report;
  /** The system component, unpacked in a private directory of the machine: its path there, as a program in it sees it. */
  readonly workshop: string;
  /** The directory of the lists in it, for this process. */
  readonly lists: string;
}

/**
 * Runs a program for one thing of many: where that fails, the thing is lost and named, and the next one is tried. Returns
 * whether it went well.
 */
export async function attempt(report: Report, what: string, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (interruption.aborted) throw error;
    // Not even a defect of one step is a reason to leave the others undone.
    const known = error instanceof CommandError || errorCode(error) !== undefined;
    const { message, hint } = known ? { message: reason(error), hint: undefined } : internalError(error);
    report.loss(what, message, error instanceof CommandError ? error.hint : hint);
    return false;
  }
}
