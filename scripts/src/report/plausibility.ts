import { formatBytes } from 'command-line';
import type { RunReport } from './run-report.ts';

/** Fewer runs say nothing of what is usual; more than the latest ones say what was. */
const [fewest, latest] = [5, 20];
/** So many standard deviations are unusual, as the median of the deviations gives them (1.4826 of it, where they are normal). */
const unusual = 5 * 1.4826;
/** Less than these of the median is never unusual: the share of it, and the amount. */
const floors = {
  bytes: { share: 0.25, amount: 20_000_000 },
  paths: { share: 0.25, amount: 200 },
  seconds: { share: 1, amount: 120 },
} as const;
/** From that share on, all is new; up to that, it usually is not. */
const [allNew, usuallyNew] = [0.9, 0.5];

type Measure = keyof typeof floors;

interface Usual {
  readonly median: number;
  readonly bound: number;
  readonly runs: number;
}

/**
 * What of a run is not as it was in the runs before it: a sentence each. By median and median absolute deviation, which a run
 * that went wrong does not move. History is oldest first; runs that failed, and components that were not whole, do not count.
 */
export function findDoubts(run: RunReport, history: readonly RunReport[]): string[] {
  if (run.status === 'failed') return [];
  const before = history.filter(({ host, status }) => host === run.host && status !== 'failed');
  const names = Object.keys(run.components);
  return [
    ...names.flatMap((name) => doubtsOfComponent(name, run, before)),
    ...missing(run, before),
    // One component says it better than the sum of one.
    ...(names.filter((name) => isWhole(run, name)).length > 1 ? doubtsOfAll(run, before) : []),
  ];
}

function doubtsOfComponent(name: string, run: RunReport, history: readonly RunReport[]): string[] {
  const now = run.components[name];
  if (now === undefined || !isWhole(run, name)) return [];
  const before = history
    .filter((other) => isWhole(other, name))
    .slice(-latest)
    .flatMap(({ components: { [name]: component } }) => component ?? []);
  const shares = before.filter(({ bytes }) => bytes > 0).map(({ bytes, newBytes }) => newBytes / bytes);
  return [
    ...compare(
      name,
      'bytes',
      now.bytes,
      before.map(({ bytes }) => bytes),
    ),
    ...compare(
      name,
      'paths',
      now.paths,
      before.flatMap(({ paths }) => paths ?? []),
    ),
    ...compare(
      name,
      'seconds',
      now.seconds,
      before.map(({ seconds }) => seconds),
    ),
    ...everythingChanged(name, now, shares),
  ];
}

function doubtsOfAll(run: RunReport, history: readonly RunReport[]): string[] {
  const before = history.filter((other) => sameComponents(other, run)).slice(-latest);
  const bytes = before.map(bytesOf);
  return [
    ...compare('all of it', 'bytes', bytesOf(run), bytes),
    ...compare(
      'the run',
      'seconds',
      run.seconds,
      before.map(({ seconds }) => seconds),
    ),
  ];
}

/** What used to be there, and was not even tried. */
function missing(run: RunReport, history: readonly RunReport[]): string[] {
  const before = history.slice(-fewest);
  const [newest] = before;
  if (newest === undefined || before.length < fewest) return [];
  return Object.keys(newest.components)
    .filter((name) => before.every((other) => isWhole(other, name)))
    .filter((name) => (run.components[name]?.status ?? 'skipped') === 'skipped')
    .map((name) => `${name} is not in this date, and was in each of the last ${fewest}`);
}

function compare(
  what: string,
  measure: Measure,
  value: number | undefined,
  before: readonly number[],
): string[] {
  const usual = usualOf(measure, before);
  if (value === undefined || usual === undefined) return [];
  const { median, bound, runs } = usual;
  const far = Math.abs(value - median) > bound;
  if (!far || (measure === 'seconds' && value < median)) return [];
  const how = measure === 'seconds' ? 'much longer than' : value < median ? 'far less than' : 'far more than';
  return [
    `${what}: ${format(measure, value)}, ${how} the ${format(measure, median)} of the last ${runs} runs`,
  ];
}

function everythingChanged(
  name: string,
  { bytes, newBytes }: { bytes: number; newBytes: number },
  shares: readonly number[],
): string[] {
  if (shares.length < fewest || newBytes < floors.bytes.amount || newBytes < allNew * bytes) return [];
  const usually = medianOf(shares);
  if (usually > usuallyNew) return [];
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const now = percent(newBytes / bytes);
  return [`${name}: everything changed: ${now} of it is new, usually ${percent(usually)}`];
}

function usualOf(measure: Measure, values: readonly number[]): Usual | undefined {
  if (values.length < fewest) return undefined;
  const median = medianOf(values);
  const deviation = medianOf(values.map((value) => Math.abs(value - median)));
  const { share, amount } = floors[measure];
  return { median, bound: Math.max(unusual * deviation, share * median, amount), runs: values.length };
}

/** The middle one of some numbers; of an even number of them, the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1);
  return (low + high) / 2;
}

function isWhole({ components }: RunReport, name: string): boolean {
  return components[name]?.status === 'ok';
}

function sameComponents(a: RunReport, b: RunReport): boolean {
  const wholeOnes = (run: RunReport): string =>
    Object.keys(run.components)
      .filter((name) => isWhole(run, name))
      .sort()
      .join();
  return wholeOnes(a) === wholeOnes(b);
}

/** Of all components, sealed. */
export function bytesOf({ components }: RunReport): number {
  return Object.values(components).reduce((sum, { bytes }) => sum + bytes, 0);
}

function format(measure: Measure, value: number): string {
  if (measure === 'bytes') return `${formatBytes(value)} sealed`;
  return measure === 'paths' ? `${Math.round(value)} paths` : `${Math.round(value)} s`;
}
