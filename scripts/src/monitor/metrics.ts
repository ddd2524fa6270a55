import type { ComponentReport, RunReport } from '../report/run-report.ts';
import { formatGauges, type Gauge } from './exposition.ts';

const prefix = 'hcoop_backup_';
const runStates = ['ok', 'incomplete', 'failed'] as const;
const componentStates = [...runStates, 'skipped'] as const;

/**
 * A run, for node_exporter's textfile collector: names and units as Prometheus wants them, times in seconds since 1970. What only a
 * date has (sizes, components, unexpected files) is left out where the run gave none out. When a run was last a success is looked up
 * in `history`, which may have this run or not: a failed one does not make that time go away.
 */
export function formatMetrics(run: RunReport, history: readonly RunReport[]): string {
  return formatGauges([...ofRun(run), ...ofHistory([...history, run]), ...ofDate(run), ...ofOthers(run)]);
}

function ofRun(run: RunReport): Gauge[] {
  return [
    {
      ...gauge('info', 'What made the last backup run'),
      samples: [{ labels: { host: run.host, version: run.version }, value: 1 }],
    },
    one('last_run_timestamp_seconds', 'When the last run ended, however that was', seconds(run.finished)),
    one('duration_seconds', 'How long the last run took', run.seconds),
    one('exit_code', 'What the last run ended with: 0 complete, 1 incomplete', run.exitCode),
    {
      ...gauge('status', 'How the last run ended: 1 for its status, 0 for the others'),
      samples: states(runStates, run.status),
    },
    one('losses', 'What the last run has named as missing', run.losses.count),
    one('doubts', 'What about the last run is not as it used to be', run.doubts.length),
  ];
}

function ofHistory(runs: readonly RunReport[]): Gauge[] {
  const last = (wanted: (run: RunReport) => boolean): number | undefined => {
    const times = runs.filter(wanted).map(({ finished }) => seconds(finished));
    return times.length === 0 ? undefined : Math.max(...times);
  };
  return [
    one(
      'last_success_timestamp_seconds',
      'When a run last ended with everything in its date',
      last(({ status }) => status === 'ok'),
    ),
    one('last_date_timestamp_seconds', 'When a date was last given out, complete or not', last(gaveOut)),
  ];
}

function ofDate(run: RunReport): Gauge[] {
  if (!gaveOut(run)) return [];
  const components = Object.entries(run.components);
  const total = (of: (component: ComponentReport) => number): number =>
    components.reduce((sum, [, component]) => sum + of(component), 0);
  return [
    one(
      'size_bytes',
      'Sealed bytes in the last date',
      total(({ bytes }) => bytes),
    ),
    one(
      'new_size_bytes',
      'Sealed bytes that no earlier date has: what a puller takes',
      total(({ newBytes }) => newBytes),
    ),
    one(
      'paths',
      'Paths in the last date',
      total(({ paths = 0 }) => paths),
    ),
    one('annoying_files', 'Files that no rule speaks of', run.annoying.count),
    one('annoying_size_bytes', 'The sizes of the files that no rule speaks of', run.annoying.bytes),
    one('new_annoying_files', 'Those that the date before did not have', run.annoying.newCount),
    one('undumped_databases', 'Database servers and volumes without a dump', run.undumped.length),
    one('dropped_paths', 'Paths that new rules exclude, and the date before had', run.dropped.paths),
    ...ofComponents(components),
  ];
}

function ofComponents(components: readonly [string, ComponentReport][]): Gauge[] {
  const each = (
    name: string,
    help: string,
    of: (component: ComponentReport) => number | undefined,
  ): Gauge => ({
    ...gauge(`component_${name}`, help),
    samples: components.flatMap(([component, facts]) => {
      const value = facts.status === 'skipped' ? undefined : of(facts);
      return value === undefined ? [] : [{ labels: { component }, value }];
    }),
  });
  return [
    {
      ...gauge('component_status', 'How each component ended: 1 for its status, 0 for the others'),
      samples: components.flatMap(([component, { status }]) =>
        states(componentStates, status, { component }),
      ),
    },
    each('size_bytes', 'Sealed bytes of each component', ({ bytes }) => bytes),
    each('new_size_bytes', 'Sealed bytes of each that no earlier date has', ({ newBytes }) => newBytes),
    each('paths', 'Paths of each, for those that have them', ({ paths }) => paths),
    each('duration_seconds', 'How long each took', (facts) => facts.seconds),
  ];
}

/** What others have done with the dates, as it was known when the run ended. */
function ofOthers({ last: { pull, receipt, drill } }: RunReport): Gauge[] {
  return [
    one('last_pull_timestamp_seconds', 'When a date was last pulled', known(pull)),
    one(
      'last_receipt_timestamp_seconds',
      'When a pulled date was last verified, by its receipt',
      known(receipt),
    ),
    one('last_drill_timestamp_seconds', 'When a restore was last rehearsed and passed', known(drill)),
  ];
}

/** Whether there is a date of this run, here or where it was moved to. */
function gaveOut({ published, movedOver }: RunReport): boolean {
  return published !== null || movedOver;
}

/** A sample for each state: the one that holds is 1. */
function states(all: readonly string[], current: string, labels: Readonly<Record<string, string>> = {}) {
  return all.map((status) => ({ labels: { ...labels, status }, value: status === current ? 1 : 0 }));
}

function gauge(name: string, help: string): Pick<Gauge, 'name' | 'help'> {
  return { name: `${prefix}${name}`, help };
}

function one(name: string, help: string, value: number | undefined): Gauge {
  return { ...gauge(name, help), samples: value === undefined ? [] : [{ value }] };
}

function known(time: string | null): number | undefined {
  return time === null ? undefined : seconds(time);
}

function seconds(time: string): number {
  return Date.parse(time) / 1000;
}
