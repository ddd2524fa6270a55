import { type InterruptSignal, interruptSignals } from './exit.ts';

const controller = new AbortController();
let received: InterruptSignal | undefined;

/** Aborts when the process is told to end: children and waits are tied to it. */
export const interruption: AbortSignal = controller.signal;

/** The signal that asked the process to end, if one did. */
export function receivedSignal(): InterruptSignal | undefined {
  return received;
}

/**
 * Ends the work in the same orderly way after an error that nobody has caught: what waited for what failed would wait for
 * ever. Work that does not unwind is killed.
 */
export function abandonWork(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), patience).unref();
  controller.abort();
}

/** How long the work may take to unwind (children ended, temporary files removed) after a signal. */
const patience = 3000;

/**
 * Turns the first SIGHUP, SIGINT or SIGTERM into an orderly end. A second one ends the process at once, and
 * so does a wait that cannot be interrupted (a write into a pipe that nobody reads).
 */
export function watchSignals(): void {
  const names = Object.keys(interruptSignals) as InterruptSignal[];
  const end = (signal: InterruptSignal): void => {
    received = signal;
    for (const name of names) process.removeListener(name, end);
    setTimeout(() => process.kill(process.pid, signal), patience).unref();
    controller.abort();
  };
  for (const name of names) process.on(name, end);
  // Left to itself, node opens a debugger's port at this signal, for anybody on this machine.
  process.on('SIGUSR1', () => {});
}
