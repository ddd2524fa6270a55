import { escapeText } from 'path-stream';
import type { Status } from './status.ts';

/** The status for a person: a line a fact, the warnings last. */
export function formatTable(status: Status): string {
  const { latest, run, hold, lastPull, receipts, lastDrill, warnings } = status;
  const components = Object.entries((latest?.components ?? {}) as Record<string, Record<string, unknown>>);
  const rows: [string, string][] = [
    ['host', status.host],
    ['dates', status.dates.join(' ') || 'none'],
    [
      'newest',
      latest === null ? 'none' : `${latest.date}, number ${latest.sequence}, finished ${latest.finished}`,
    ],
    ...components.map(([name, { status: how, bytes }]): [string, string] => [
      `  ${name}`,
      `${how}, ${bytes} bytes`,
    ]),
    ['run', run === null ? 'never' : runText(run)],
    ['hold', hold === null ? 'no' : `by ${hold.by} since ${hold.since}: ${hold.reason}`],
    [
      'last pull',
      lastPull === null ? 'never' : `${lastPull.date}, ${lastPull.finished}, ${lastPull.bytes} bytes`,
    ],
    ...receipts.map(({ date, verified, signer, known }): [string, string] => [
      'receipt',
      `${date}, verified ${verified}, signed by ${signer}${known === true ? '' : ' (not known here)'}`,
    ]),
    ['last drill', lastDrill === null ? 'never' : drillText(lastDrill)],
    ...warnings.map((warning): [string, string] => ['WARNING', warning]),
  ];
  return rows.map(([name, text]) => `${name.padEnd(12)}  ${escapeText(text)}\n`).join('');
}

function drillText({ date, finished, days, seconds, signer }: Readonly<Record<string, unknown>>): string {
  return `${date}, passed ${days} days ago, ${finished}; restored in ${seconds} s, signed by ${signer}`;
}

function runText({ state, started, at, finished, exitCode }: Readonly<Record<string, unknown>>): string {
  if (state === 'ended') return `ended ${finished} with ${exitCode}`;
  return `${state}, since ${started}${at === undefined ? '' : `, at ${at}`}`;
}
