import type { GateSettings } from './settings.ts';

type Facts = Readonly<Record<string, unknown>>;

/** What is known of a host, as far as it can go wrong. */
export interface Known {
  readonly latest: Facts | null;
  readonly run: Facts | null;
  readonly hold: Facts | null;
  readonly lastPull: Facts | null;
  readonly receipts: readonly Facts[];
  readonly lastDrill: Facts | null;
  readonly failedDrill: Facts | null;
}

/**
 * What somebody should look at: the switch that acts when nobody does anything any more, on either side. `warnAfter` is how
 * many hours old the newest date, pull and receipt may be; `drillAfter` how many days the last drill.
 */
export function warningsOf(
  { latest, run, hold, lastPull, receipts, lastDrill, failedDrill }: Known,
  now: Date,
  { warnAfter: hours, drillAfter }: Pick<GateSettings, 'warnAfter' | 'drillAfter'>,
): string[] {
  return [
    ...(latest === null
      ? ['no date has been published']
      : tooOld('the newest date', latest.finished, now, hours)),
    ...faultsOf(latest),
    ...(run?.state === 'killed' ? ['the last run was killed'] : []),
    ...(typeof run?.exitCode === 'number' && run.exitCode !== 0
      ? [`the last run ended with ${run.exitCode}`]
      : []),
    ...(hold === null ? [] : [`held by ${hold.by} since ${hold.since}: ${hold.reason}`]),
    ...(lastPull === null
      ? ['nothing has been pulled']
      : tooOld('the last pull', lastPull.finished, now, hours)),
    ...(lastPull !== null && latest !== null && lastPull.date !== latest.date
      ? tooOld(`${latest.date}, which nobody has pulled,`, latest.finished, now, hours)
      : []),
    // The provider that just pulls sends none: each that has sent one is missed.
    ...receipts.flatMap(({ signer, verified }) =>
      tooOld(`the last receipt of ${signer}`, verified, now, hours),
    ),
    ...(failedDrill === null ? [] : [`the drill of ${failedDrill.date} failed, ${failedDrill.finished}`]),
    ...drillMissed(lastDrill, drillAfter),
  ];
}

function drillMissed(lastDrill: Facts | null, days: number | undefined): string[] {
  if (days === undefined) return [];
  if (lastDrill === null) return ['no drill has passed'];
  return Number(lastDrill.days) > days
    ? [`the last drill was ${lastDrill.days} days ago, more than ${days}`]
    : [];
}

function tooOld(what: string, time: unknown, now: Date, hours: number): string[] {
  const age = (now.getTime() - Date.parse(String(time))) / 3_600_000;
  if (Number.isNaN(age)) return [`${what} has no time`];
  if (age < -1) return [`${what} is of the future: ${time}`];
  return age > hours ? [`${what} is ${Math.floor(age)} hours old, more than ${hours}`] : [];
}

function faultsOf(latest: Facts | null): string[] {
  const components = (latest?.components ?? {}) as Record<string, { readonly status: string }>;
  return Object.entries(components)
    .filter(([, { status }]) => status === 'incomplete' || status === 'failed')
    .map(([name, { status }]) => `${name} is ${status} in the newest date`);
}
