import { CommandError, type Report } from 'command-line';
import { escapeText } from 'path-stream';
import { tryOnce } from './deliver.ts';
import type { Mail, Refusal } from './mail.ts';
import { keepLeft, type Means, remember } from './means.ts';
import type { Outbox } from './outbox.ts';

/** The share of the time that is given to a mail that waits: the one that is new is to have its turn. */
const share = 1 / 2;

/**
 * Sends what waits in an outbox that is held, each mail once, oldest first, but the one of the name `spare`. Where nobody answers, the
 * others wait as well. Returns how many still do.
 */
export async function sendWaiting(means: Means, spare?: string): Promise<number> {
  const { outbox, report } = means;
  const names = outbox?.list().filter((name) => name !== spare) ?? [];
  let left = names.length;
  for (const name of names) {
    const mail = outbox && readWaiting(outbox, name, report);
    if (outbox === undefined || mail === undefined) continue;
    const refusals = await sendOne(mail, outbox, means);
    if (refusals.length === 0) left -= 1;
    const [first] = refusals;
    if (first)
      report.note(means.transport.name, `${escapeText(first.why)}: ${escapeText(mail.id)} still waits`);
    if (first && !first.permanent) break;
  }
  if (left < names.length)
    report.note('outbox', `sent ${names.length - left} of ${names.length} mails that waited`);
  return left;
}

/** A damaged one keeps none of the others from being sent. */
function readWaiting(outbox: Outbox, name: string, report: Report): Mail | undefined {
  try {
    return outbox.read(name);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    report.error(error.what, error.why, error.hint);
    return undefined;
  }
}

/** One that was accepted by a run that was killed before it could remove it is removed now. */
async function sendOne(mail: Mail, outbox: Outbox, means: Means): Promise<readonly Refusal[]> {
  const { transport, timeout, report } = means;
  const refusals = outbox.wasAccepted(mail.id) ? [] : await tryOnce(mail, transport, timeout * share);
  const to = refusals.map(({ recipient }) => recipient);
  if (to.length === 0) await remember(mail.id, outbox, report);
  else if (to.length < mail.to.length) await keepLeft({ ...mail, to }, outbox, report);
  return refusals;
}
