import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the stand-in for the kernel answers. */
export type PioctlCall = 'checkvolumes' | 'settoken' | 'setpag';

/** The stand-in for the kernel's AFS system call. */
export interface Pioctl {
  /** From now on, this call fails. */
  fail(call: PioctlCall): void;
  /** From now on, it does not come back. */
  hang(call: PioctlCall): void;
  /** Undoes both. */
  succeed(call: PioctlCall): void;
}

/** Where there is none. */
export const noPioctl: Pioctl = { fail: refuse, hang: refuse, succeed: refuse };

function refuse(): never {
  throw new Error('the cell was started without pioctl');
}

/**
 * Puts it before all programs of the cell, whatever their environment: /etc/ld.so.preload there names it. The directory is
 * /pioctl in the cell.
 */
export function installPioctl(directory: string): Pioctl {
  const library = join(directory, 'pioctl/pioctl.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, join(import.meta.dirname, 'pioctl.c')]);
  writeFileSync(join(directory, 'etc/ld.so.preload'), '/pioctl/pioctl.so\n');
  const told = (how: 'fail' | 'hang', call: PioctlCall): string =>
    join(directory, 'pioctl', `${how}-${call}`);
  return {
    fail: (call) => writeFileSync(told('fail', call), ''),
    hang: (call) => writeFileSync(told('hang', call), ''),
    succeed: (call) => {
      for (const how of ['fail', 'hang'] as const) rmSync(told(how, call), { force: true });
    },
  };
}
