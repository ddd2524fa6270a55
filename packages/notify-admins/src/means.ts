import { CommandError, type Report } from 'command-line';
import { escapeText } from 'path-stream';
import type { Mail, Transport } from './mail.ts';
import type { Outbox } from './outbox.ts';

/** How a mail goes out, and where it waits. */
export interface Means {
  readonly transport: Transport;
  /** Without one, what cannot be sent is lost, and what was sent is not remembered. */
  readonly outbox: Outbox | undefined;
  /** Seconds. */
  readonly timeout: number;
  readonly report: Report;
}

/** Notes that everybody has a mail. */
export function remember(id: string, outbox: Outbox, report: Report): Promise<void> {
  return noting(id, report, () => outbox.settle(id));
}

/** Notes who has not got a mail yet. */
export function keepLeft(mail: Mail, outbox: Outbox, report: Report): Promise<void> {
  return noting(mail.id, report, () => outbox.store(mail));
}

/** The mail is out: that this cannot be noted is a loss, and no failure. */
async function noting(id: string, report: Report, note: () => Promise<void>): Promise<void> {
  try {
    await note();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    report.loss(
      escapeText(id),
      `accepted, and that could not be noted: ${error.message}`,
      'it may be sent once more',
    );
  }
}
