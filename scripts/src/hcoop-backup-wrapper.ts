import { closeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type Call, runCommand, setSearchPath, systemPath, tryLock, usageError } from 'command-line';
import { refuseWhenHeld } from './hold.ts';
import { openLock } from './lock.ts';
import { openStaging } from './manage.ts';
import { beginRun } from './run-record.ts';
import { loadSettings } from './settings/load.ts';
import type { Settings } from './settings/schema.ts';
import { prepareAfs } from './wrapper/afs.ts';
import { endOfRun, followRun, hasEndedBefore } from './wrapper/follow.ts';
import { launchBackup, openRunLog } from './wrapper/launch.ts';
import { command } from './wrapper-options.ts';

// What it says goes to whoever asked for the backup, and that side is not trusted: how far the run is and how it ended, never
// what is backed up. That is in the run's log.
runCommand(command, async (call) => {
  const { options, operands, report } = call;
  if (operands.length > 0) throw usageError('operands', 'none are taken');
  setSearchPath(systemPath);
  const settings = loadSettings(options.config);
  const arrived = new Date();
  for (;;) {
    const joined = !(await begin(settings, call));
    if (joined) report.note('a backup is running already', 'waiting for its end');
    const run = await followRun(settings, report);
    if (!joined || !hasEndedBefore(run, arrived)) return endOfRun(run, settings, call);
    await setTimeout(1000);
  }
});

/** Starts a backup that goes on without this process; false where one is running. */
async function begin(
  settings: Settings,
  { options, report }: Call<(typeof command)['options']>,
): Promise<boolean> {
  const lock = openLock(settings.state);
  try {
    if (!tryLock(lock, 'exclusive')) return false;
    refuseWhenHeld(settings.staging);
    await openStaging(settings, report);
    beginRun(settings.staging, report); // until the backup says so itself
    const log = openRunLog(settings.logs);
    const credentials = await prepareAfs(settings, log, report);
    await launchBackup({ settings, config: options.config, credentials, log, lock });
    return true;
  } finally {
    closeSync(lock); // the run has its own copy, and the lock with it
  }
}
