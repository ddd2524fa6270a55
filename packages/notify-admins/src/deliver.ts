import { setTimeout } from 'node:timers/promises';
import { failure, interruption, type Report } from 'command-line';
import { escapeText } from 'path-stream';
import type { Mail, Refusal, Transport } from './mail.ts';

/** So often a mail is tried, at most. */
const attempts = 5;
/** The share of the time that one attempt may take, and that is waited after the first; each later wait is twice the one before. */
const longestAttempt = 1 / 2;
const firstWait = 1 / 64;

/** What has become of a mail. */
export interface Delivery {
  /** Whether somebody has it. */
  readonly isTaken: boolean;
  /** Who has it not, and why. */
  readonly refusals: readonly Refusal[];
}

/**
 * Hands a mail over, and tries again, for those who were refused for the time being, within so many seconds. `onLeft` hears who has not
 * got it yet each time that somebody has.
 */
export async function deliver(
  mail: Mail,
  transport: Transport,
  seconds: number,
  report: Report,
  onLeft: (recipients: readonly string[]) => Promise<void>,
): Promise<Delivery> {
  const end = performance.now() + seconds * 1000;
  const final: Refusal[] = [];
  let left = mail.to;
  let isTaken = false;
  for (let attempt = 1; ; attempt += 1) {
    const patience = Math.min(seconds * longestAttempt, (end - performance.now()) / 1000);
    const refusals = await tryOnce({ ...mail, to: left }, transport, patience);
    final.push(...refusals.filter(({ permanent }) => permanent));
    const passing = refusals.filter(({ permanent }) => !permanent);
    if (refusals.length < left.length) {
      isTaken = true;
      await onLeft([...final, ...passing].map(({ recipient }) => recipient));
    }
    const pause = seconds * firstWait * 2 ** (attempt - 1);
    const isLast = attempt === attempts || performance.now() + pause * 1000 >= end;
    if (passing.length === 0 || isLast) return { isTaken, refusals: [...final, ...passing] };
    report.note(transport.name, `${escapeText(passing[0]?.why ?? '')}: again in ${Math.ceil(pause)} s`);
    await setTimeout(pause * 1000, undefined, { signal: interruption });
    left = passing.map(({ recipient }) => recipient);
  }
}

/** Tries once, for so many seconds. */
export async function tryOnce(mail: Mail, transport: Transport, seconds: number): Promise<Refusal[]> {
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(seconds * 1000)));
  const refusals = await transport.send(mail, AbortSignal.any([timeout, interruption]));
  if (interruption.aborted) throw failure('interrupted', 'the mail may have been sent, or not');
  return refusals;
}
