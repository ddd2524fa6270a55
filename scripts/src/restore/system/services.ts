import { chmodSync, existsSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Machine } from './machine.ts';

const path = '/usr/sbin/policy-rc.d';
const text = `#!/bin/sh
# put here by hcoop-restore --system, which takes it away again: no service starts while packages are installed
exit 101
`;

/**
 * Does work during which no package starts a service: invoke-rc.d(8) and deb-systemd-invoke(1) ask policy-rc.d. One that
 * is there already is somebody else's and stays.
 */
export async function withoutServices<T>(machine: Machine, work: () => Promise<T>): Promise<T> {
  const file = machine.at(path);
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) {
    writeFileSync(file, text, { flag: 'wx' });
    chmodSync(file, 0o755);
  }
  try {
    return await work();
  } finally {
    // Also one that a run before this one has left when it was killed.
    if (existsSync(file) && readFileSync(file, 'utf8') === text) rmSync(file);
  }
}
