import { CommandError, failure, type Report } from 'command-line';
import { escapeText } from 'path-stream';
import { deliver } from './deliver.ts';
import type { Mail, Refusal, Transport } from './mail.ts';
import { keepLeft, type Means, remember } from './means.ts';
import { nameOf, type Outbox } from './outbox.ts';
import { sendWaiting } from './waiting.ts';

/**
 * Sends a mail, after those that wait: true when somebody has it. It is in the outbox before the first attempt, so that it is not lost
 * whatever ends this process; it stays there for whoever has not got it. A mail that was accepted under its Message-ID is not sent again.
 */
export async function notify(mail: Mail, means: Means): Promise<boolean> {
  const { outbox, timeout, report } = means;
  if (outbox === undefined) return send(mail, undefined, means);
  const isHeld = await outbox.hold(timeout);
  if (outbox.wasAccepted(mail.id)) {
    report.note(escapeText(mail.id), 'was accepted before: not sent again');
    return true;
  }
  if (!isHeld) {
    await outbox.store(mail);
    report.loss('mail', 'not sent: another notify-admins works with the outbox', later(outbox));
    return false;
  }
  const kept = await keep(mail, outbox, report);
  await sendWaiting(means, nameOf(mail.id));
  return send(kept ?? mail, kept && outbox, means);
}

/** Puts it into the outbox. One of that Message-ID which waits there is the same mail, for those who have not got it yet. */
async function keep(mail: Mail, outbox: Outbox, report: Report): Promise<Mail | undefined> {
  try {
    const waiting = outbox.read(nameOf(mail.id));
    if (waiting === undefined) await outbox.store(mail);
    return waiting ?? mail;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    report.error(error.what, error.why, error.hint);
    return undefined;
  }
}

/** `kept` is the outbox where the mail is in it. */
async function send(mail: Mail, kept: Outbox | undefined, means: Means): Promise<boolean> {
  const { transport, timeout, report } = means;
  const onLeft = async (to: readonly string[]): Promise<void> => {
    if (kept && to.length > 0) await keepLeft({ ...mail, to }, kept, report);
  };
  const { isTaken, refusals } = await deliver(mail, transport, timeout, report, onLeft);
  if (refusals.length === 0 && means.outbox) await remember(mail.id, means.outbox, report);
  const lost = refusals.length > 0 && kept === undefined;
  if (lost && !isTaken) throw lostMail(transport, refusals);
  for (const { recipient, why, hint } of refusals)
    report.loss(recipient, `${transport.name}: ${why}`, hint ?? (kept && later(kept)));
  return isTaken;
}

function lostMail(transport: Transport, [first]: readonly Refusal[]): CommandError {
  return failure(
    transport.name,
    `${escapeText(first?.why ?? '')}: the mail is neither sent nor kept`,
    first?.hint,
  );
}

function later({ directory }: Outbox): string {
  return `the mail is kept in ${escapeText(directory)}: the next run sends it, or notify-admins --flush`;
}
