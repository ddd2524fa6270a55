import { mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { failure, reason, startDetached } from 'command-line';
import { ownFile } from '../commands.ts';
import type { Settings } from '../settings/schema.ts';

/** So many runs keep their log: at one in three days, half a year. */
const logsKept = 60;

/** Where in the descriptors of a run its lock is. */
const lockDescriptor = 3;

/** A log for a new run, root's alone, named by the time; the oldest ones go. Returns its descriptor. */
export function openRunLog(directory: string): number {
  const name = `${new Date().toISOString().replace(/[:.]/g, '-')}.log`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    const logs = readdirSync(directory).filter((file) => /^\d{4}-[\dTZ-]+\.log$/.test(file));
    for (const old of logs.sort().slice(0, 1 - logsKept)) rmSync(join(directory, old));
    return openSync(join(directory, name), 'ax', 0o600);
  } catch (error) {
    throw failure(directory, reason(error), 'set logs to a directory that root can write');
  }
}

/**
 * Starts hcoop-backup in a session of its own: with its log for a stdout and stderr, the lock that this process holds, and
 * behind what runs it with credentials.
 */
export async function launchBackup(run: {
  readonly settings: Settings;
  readonly config: string | undefined;
  readonly credentials: readonly string[];
  readonly log: number;
  readonly lock: number;
}): Promise<void> {
  const config = run.config === undefined ? [] : ['--config', run.config];
  const backup = [process.execPath, ownFile('hcoop-backup'), '--lock-fd', String(lockDescriptor), ...config];
  const [command = '', ...args] = [...run.credentials, ...backup];
  await startDetached({ command, args, stdio: ['ignore', run.log, run.log, run.lock] });
}
