import { version } from 'command-line';
import type { Component } from '../date/manifest.ts';
import type { Findings } from './findings.ts';
import type { ComponentReport, Loss, RunReport } from './run-report.ts';

/** A run from the outside: when, as what, and how it ended. */
export interface Ending {
  readonly host: string;
  readonly date: string;
  readonly started: Date;
  readonly finished: Date;
  readonly exitCode: number;
  readonly losses: RunReport['losses'];
  /** Why there is no date. */
  readonly failure: Loss | undefined;
}

/** The record of a run that has ended, without what only its history can tell. */
export function assembleRun(findings: Findings, ending: Ending): RunReport {
  const { host, date, started, finished, exitCode, losses } = ending;
  const { selection, givenOut } = findings;
  const components = Object.entries(findings.components).map(([name, component]) => [
    name,
    describeComponent(component),
  ]);
  return {
    format: 'hcoop-backup run 1',
    ...{ version, host, date },
    sequence: givenOut === undefined ? null : (findings.sequence ?? null),
    started: started.toISOString(),
    finished: finished.toISOString(),
    seconds: Math.max(0, Math.round((finished.getTime() - started.getTime()) / 100) / 10),
    status: givenOut === undefined ? 'failed' : exitCode === 0 ? 'ok' : 'incomplete',
    exitCode,
    published: givenOut?.published ?? null,
    movedOver: givenOut !== undefined && givenOut.published === undefined,
    failure: givenOut === undefined ? (ending.failure ?? null) : null,
    losses: { count: losses.count, first: [...losses.first] },
    components: Object.fromEntries(components),
    annoying: findings.annoying ?? nothingAnnoying(),
    coverage: { ...selection?.coverage.classes },
    dropped: { paths: selection?.dropped.paths ?? 0, bytes: selection?.dropped.bytes ?? 0 },
    undumped: [...findings.undumped],
    doubts: [],
    last: findings.last,
  };
}

/** What a run that came to no selection found. */
export function nothingAnnoying(): RunReport['annoying'] {
  return { count: 0, bytes: 0, newCount: 0, groups: [], others: { groups: 0, count: 0 } };
}

function describeComponent({ status, reason, paths, seconds, files }: Component): ComponentReport {
  const bytesOf = (some: Component['files']): number => some.reduce((sum, { size }) => sum + size, 0);
  return {
    status,
    ...(reason !== undefined && { reason }),
    ...(paths !== undefined && { paths }),
    bytes: bytesOf(files),
    newBytes: bytesOf(files.filter(({ since }) => since === undefined)),
    seconds,
  };
}
