import { randomUUID } from 'node:crypto';
import { CommandError, type Report, reason } from 'command-line';
import { storeFile } from 'sealed-file';
import type { RunReport } from '../report/run-report.ts';
import type { Settings } from '../settings/schema.ts';
import { appendEvent } from './event.ts';
import { formatMetrics } from './metrics.ts';
import { ping, pingAddress } from './ping.ts';
import { describeRun } from './ping-text.ts';

/** Where is named what does not work. */
type Notes = Pick<Report, 'note'>;

/** A run that was told of: its end belongs to its start. */
export interface Announcement {
  readonly id: string;
  readonly address: URL | undefined;
  /** Ends with the ping of the start, whatever became of it. */
  readonly told: Promise<void>;
  /** Ends the attempts at it. */
  readonly enough: AbortController;
}

/** Tells whoever waits for pings that a run has begun, beside the run. What fails is named; nothing is thrown, here and below. */
export function announceStart({ monitor }: Settings, report: Notes): Announcement {
  const [id, enough] = [randomUUID(), new AbortController()];
  const address = addressOf(monitor, report);
  const signal = { signal: '/start', id, body: '' };
  const told =
    address === undefined
      ? Promise.resolve()
      : ping(address, signal, monitor.timeout, enough.signal).then((why) => nameFault(address, why, report));
  return { id, address, told, enough };
}

/**
 * Tells how a run has ended: in the file for metrics, as an event, and by a ping. It takes seconds where the service of the pings
 * does not answer: four times `monitor.timeout` and three more at most. `history` may have the run, or not.
 */
export async function announceEnd(
  announcement: Announcement,
  { monitor }: Settings,
  run: RunReport,
  history: readonly RunReport[],
  report: Notes,
): Promise<void> {
  const { textfile, events } = monitor;
  if (textfile !== undefined)
    await harmless('metrics', report, () => storeShared(textfile, formatMetrics(run, history)));
  if (events !== undefined) await harmless('events', report, () => appendEvent(events, run));
  await pingEnd(announcement, monitor.timeout, run, report);
}

async function pingEnd(
  { id, address, told, enough }: Announcement,
  seconds: number,
  run: RunReport,
  report: Notes,
): Promise<void> {
  if (address === undefined) return;
  enough.abort();
  await told; // a start that came after its end would be one that never ends
  const signal = run.exitCode === 0 ? '' : `/${run.exitCode}`;
  nameFault(address, await ping(address, { signal, id, body: describeRun(run) }, seconds), report);
}

function addressOf(monitor: Settings['monitor'], report: Notes): URL | undefined {
  try {
    return pingAddress(monitor);
  } catch (error) {
    name('pings', error, report);
    return undefined;
  }
}

/** The path of the address is a secret: the name of the host has to do. */
function nameFault({ host }: URL, why: string | undefined, report: Notes): void {
  if (why !== undefined) report.note(`ping of ${host}`, why);
}

async function harmless(what: string, report: Notes, work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    name(what, error, report);
  }
}

function name(what: string, error: unknown, report: Notes): void {
  report.note(what, error instanceof CommandError ? `${error.what}: ${error.why}` : reason(error));
}

/** Writes a file, whole or not at all, for everybody to read: whatever the umask, node_exporter is not root. */
function storeShared(file: string, text: string): Promise<void> {
  return storeFile(file, async (handle) => {
    await handle.chmod(0o644);
    await handle.writeFile(text);
  });
}
