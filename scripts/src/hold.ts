import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { failure, type Report, usageError } from 'command-line';
import { type HoldRecord, readRecord, statusDirectory, writeRecord } from 'date-tree';
import { callerName } from './caller.ts';

const holdFile = (staging: string): string => join(statusDirectory(staging), 'hold.json');

/** Keeps backups from running until somebody releases them; who, when and why is for everybody to see. */
export function hold(staging: string, reason: string, report: Report): void {
  if (reason === '')
    throw usageError('hold', 'no reason given', 'hcoop-backup hold "moving /srv to the new disks"');
  refuseWhenHeld(staging);
  const record: HoldRecord = {
    by: callerName(),
    since: new Date().toISOString(),
    reason,
  };
  writeRecord(holdFile(staging), record, true);
  report.note('held', 'no backup runs until hcoop-backup release');
}

/** Lets backups run again, whatever is in the record that held them. */
export function release(staging: string, report: Report): void {
  const file = holdFile(staging);
  report.note(existsSync(file) ? 'released' : 'not held');
  rmSync(file, { force: true });
}

/** Throws where backups are held. */
export function refuseWhenHeld(staging: string): void {
  const held = readRecord(holdFile(staging));
  if (held !== undefined) throw failure('held', describe(held), 'hcoop-backup release');
}

function describe({ by, since, reason }: Record<string, unknown>): string {
  return `by ${by} since ${since}: ${reason}`;
}
