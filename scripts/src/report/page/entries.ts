import type { Kept } from '../../date/kept.ts';
import type { Manifest } from '../../date/manifest.ts';
import type { ComponentReport, RunReport } from '../run-report.ts';

/** What of a run or of a date is measured: the plots and tables are made from these, whoever knows what. */
export interface Entry {
  readonly started: string;
  readonly date: string;
  readonly status: RunReport['status'];
  readonly components: Readonly<Record<string, ComponentReport>>;
}

/** One component of an entry, or all of it together; undefined measures where nothing was made. */
export interface Point {
  readonly time: number;
  readonly entry: Entry;
  readonly status: ComponentReport['status'];
  readonly measures: Measures | undefined;
}

export interface Measures {
  readonly bytes: number;
  readonly newBytes: number;
  readonly seconds: number;
}

/** A date as what is measured: the manifest says all of it but how long the run took beside its components. */
export function ofDate({ date, manifest }: Kept): Entry {
  const components = Object.fromEntries(
    Object.entries(manifest.components).map(([name, component]) => [name, ofComponent(component)]),
  );
  const whole = Object.values(components).every(({ status }) => status === 'ok' || status === 'skipped');
  return { started: manifest.started, date, status: whole ? 'ok' : 'incomplete', components };
}

function ofComponent({
  status,
  reason,
  paths,
  seconds,
  files,
}: Manifest['components'][string]): ComponentReport {
  const sum = (chosen: typeof files): number => chosen.reduce((bytes, file) => bytes + file.size, 0);
  return {
    ...{ status, reason, paths, seconds, bytes: sum(files) },
    newBytes: sum(files.filter(({ since }) => since === undefined)),
  };
}

/** The names of all components that did something in some entry, in the order of the newest that has them. */
export function componentNames(entries: readonly Entry[]): string[] {
  const names = entries
    .toReversed()
    .flatMap(({ components }) => Object.entries(components))
    .filter(([, { status }]) => status !== 'skipped')
    .map(([name]) => name);
  return [...new Set(names)];
}

/** All components of an entry together. */
export function totals({ components }: Entry): Measures {
  const all = Object.values(components);
  const sum = (measure: keyof Measures): number => all.reduce((total, each) => total + each[measure], 0);
  return { bytes: sum('bytes'), newBytes: sum('newBytes'), seconds: sum('seconds') };
}

/** What became of a component over time; of everything together where none is named. */
export function pointsOf(entries: readonly Entry[], name?: string): Point[] {
  return entries.flatMap((entry): Point[] => {
    const time = Date.parse(entry.started);
    const { status, ...measures } =
      name === undefined
        ? { status: entry.status, ...totals(entry) }
        : (entry.components[name] ?? missing(entry));
    if (status === 'skipped') return [];
    return [{ time, entry, status, measures: status === 'failed' ? undefined : measures }];
  });
}

/** Of a run that failed before it came to a component; of one that had no such component there is nothing to show. */
function missing({ status }: Entry): Pick<ComponentReport, 'status'> & Measures {
  return { status: status === 'failed' ? 'failed' : 'skipped', bytes: 0, newBytes: 0, seconds: 0 };
}

/** A time in which runs are missing: twice the usual distance and more has passed without one. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

const day = 86_400_000;

/** Where no run was, up to now, judged by the median distance between two; none is found among fewer than three. */
export function findGaps(times: readonly number[], now: number): Gap[] {
  const steps = [...times, now].slice(1).map((to, i) => ({ from: times[i] ?? to, to }));
  const lengths = steps
    .slice(0, -1)
    .map(({ from, to }) => to - from)
    .sort((a, b) => a - b);
  const usual = lengths[Math.floor(lengths.length / 2)];
  if (usual === undefined || times.length < 3) return [];
  return steps.filter(({ from, to }) => to - from > Math.max(2.2 * usual, day));
}
