import {
  type Call,
  exitCodes,
  failure,
  formatBytes,
  type OptionTable,
  outputPaths,
  type Report,
  readWhenFree,
  stderrHasClosed,
} from 'command-line';
import { type RunRecord, readRecord } from 'date-tree';
import { fromText } from 'path-stream';
import { readManifest } from '../date/manifest.ts';
import { lockFile } from '../lock.ts';
import { runFile } from '../run-record.ts';
import type { Settings } from '../settings/schema.ts';

/** How often a waiting client hears something, so that a connection that says nothing is not taken for dead. */
const everySeconds = 10;

/** Waits for the end of the run that holds the state directory, tells on the way how far it is, and returns its record. */
export async function followRun({ staging, state }: Settings, report: Report): Promise<Partial<RunRecord>> {
  let told = '';
  let silent = 0;
  const tell = (): void => {
    // A client that is gone waits for nothing any more. The run goes on.
    if (stderrHasClosed()) process.kill(process.pid, 'SIGHUP');
    const { at = 'preparation', sealed = 0 } = progressOf(staging);
    silent += 1;
    if (at === told && silent < everySeconds) return;
    report.note(at, `${formatBytes(sealed)} sealed`);
    told = at;
    silent = 0;
  };
  tell();
  const ticker = setInterval(tell, 1000);
  try {
    const text = (await readWhenFree(lockFile(state), runFile(staging))).toString();
    return JSON.parse(text || '{}');
  } finally {
    clearInterval(ticker);
  }
}

/** Of no use is better than none: the record may just be on its way. */
function progressOf(staging: string): Partial<RunRecord> {
  try {
    return readRecord(runFile(staging)) ?? {};
  } catch {
    return {};
  }
}

/** Whether the run that was joined had been over by then: what was left to wait for were others that waited too. */
export function hasEndedBefore({ finished }: Partial<RunRecord>, time: Date): boolean {
  return finished !== undefined && Date.parse(finished) < time.getTime();
}

/** Tells how the run ended, writes what it published, and returns its exit code. */
export async function endOfRun(
  { exitCode, published, movedOver }: Partial<RunRecord>,
  { logs }: Settings,
  call: Call<OptionTable>,
): Promise<number> {
  const { report } = call;
  const hint = `on the host, see the newest log in ${logs}`;
  if (exitCode === undefined) throw failure('backup', 'ended before its work was done', hint);
  if (movedOver) {
    report.note('backup', 'moved over: there is nothing to pull');
    if (exitCode !== exitCodes.complete) report.error('backup', 'moved over, but incomplete', hint);
    return exitCode;
  }
  if (published === undefined) {
    report.error('backup', `failed with ${exitCode}: nothing was published`, hint);
    return exitCode;
  }
  for (const [name, { status }] of Object.entries(readManifest(published).components))
    report.note(name, status);
  if (exitCode !== exitCodes.complete) report.error('backup', 'published, but incomplete', hint);
  const output = outputPaths(call, { null: false });
  await output.add(fromText(`${published}/`));
  await output.flush();
  return exitCode;
}
