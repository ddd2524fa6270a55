import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** What a host's clock says, and what cannot be set: seconds since it was started, and which start that was. */
export interface Clock {
  readonly boot: string;
  readonly wall: number;
  readonly uptime: number;
}

/** Seconds that a clock may be moved by and pass for one that was not. */
const tolerance = 60;

export function readClock(): Clock {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return { boot, wall: Date.now() / 1000, uptime: uptime() };
}

/**
 * Whether the clock was set between two readings; not to be told where the host was started anew. A file server on this host has the same
 * clock: what it says is new would not be all that is.
 */
export function wasSet(then: Clock, now: Clock): boolean {
  return then.boot === now.boot && Math.abs(now.wall - then.wall - (now.uptime - then.uptime)) > tolerance;
}
