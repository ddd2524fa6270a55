import { closeSync } from 'node:fs';
import {
  type Call,
  exitCodes,
  failure,
  type OptionTable,
  outputPaths,
  type Report,
  waitForLock,
} from 'command-line';
import { fromText } from 'path-stream';
import { readManifest } from '../date/manifest.ts';
import { openLock } from '../lock.ts';
import { readRun } from '../run-record.ts';
import type { Settings } from '../settings/schema.ts';
import { megabytes } from '../summary.ts';

/** How often a waiting client hears something, so that a connection that says nothing is not taken for dead. */
const everySeconds = 10;

/** Waits for the end of the run that holds the state directory, and tells on the way how far it is. */
export async function followRun(settings: Settings, report: Report): Promise<void> {
  let told = '';
  let silent = 0;
  const tell = (): void => {
    const { at, sealed = 0 } = readRun(settings.staging) ?? {};
    silent += 1;
    if (at === undefined || (at === told && silent < everySeconds)) return;
    report.note(at, `${megabytes(sealed)} sealed`);
    told = at;
    silent = 0;
  };
  const ticker = setInterval(tell, 1000);
  const lock = openLock(settings.state);
  try {
    await waitForLock(lock, 'shared');
  } finally {
    clearInterval(ticker);
    closeSync(lock);
  }
}

/** Whether the run that was joined had been over by then: what was left to wait for were others that waited too. */
export function hasEndedBefore(settings: Settings, time: Date): boolean {
  const { finished } = readRun(settings.staging) ?? {};
  return finished !== undefined && Date.parse(finished) < time.getTime();
}

/** Tells how the run ended, writes what it published, and returns its exit code. */
export async function endOfRun(settings: Settings, call: Call<OptionTable>): Promise<number> {
  const { report } = call;
  const { exitCode, published } = readRun(settings.staging) ?? {};
  if (exitCode === undefined)
    throw failure('backup', 'ended before its work was done', `see the newest log in ${settings.logs}`);
  if (published === undefined) {
    report.error(
      'backup',
      `failed with ${exitCode}: nothing was published`,
      `see the newest log in ${settings.logs}`,
    );
    return exitCode;
  }
  for (const [name, { status }] of Object.entries(readManifest(published).components))
    report.note(name, status);
  if (exitCode !== exitCodes.complete) report.error('backup', 'published, but incomplete');
  const output = outputPaths(call, { null: false });
  await output.add(fromText(`${published}/`));
  await output.flush();
  return exitCode;
}
