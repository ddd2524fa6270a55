import { exitCodes, formatBytes, type Report } from 'command-line';
import type { Component, Manifest } from './date/manifest.ts';
import type { GivenOut } from './run-record.ts';
import { describeCoverage } from './selection/coverage.ts';
import type { Dropped } from './selection/dropped.ts';
import type { Selection } from './selection/select.ts';

/** What a person wants to know of a run, on stderr. */
export function summarize(
  manifest: Manifest,
  selection: Selection,
  { published, movedTo }: GivenOut,
  report: Report,
  undumped: readonly string[],
): void {
  tellDropped(selection.dropped, report);
  for (const [name, component] of Object.entries(manifest.components)) report.note(name, describe(component));
  for (const url of undumped)
    report.note(url, 'a database server that has no dump: [databases] in config.toml is for that');
  report.note('coverage', describeCoverage(selection.coverage));
  report.note('annoying files', `${selection.annoyingCount}, listed in ${selection.annoying}`);
  const whole = report.exitCode === exitCodes.complete ? 'complete' : 'INCOMPLETE';
  const how = published === undefined ? 'moved over' : 'published';
  report.note(published ?? movedTo, `${how}, ${whole}, number ${manifest.sequence}`);
}

/** First of all: rules that were meant for one directory may fit another. */
export function tellDropped({ paths, bytes, list }: Dropped, report: Report): void {
  if (paths > 0)
    report.note(
      'rules',
      `new ones exclude ${paths} paths, ${formatBytes(bytes)}, that the last date has, listed in ${list}`,
    );
}

function describe(component: Component): string {
  const bytes = component.files.reduce((sum, file) => sum + file.size, 0);
  const parts = [
    component.status,
    component.status === 'ok' ? undefined : component.reason,
    component.paths === undefined ? undefined : `${component.paths} paths`,
    bytes === 0 ? undefined : `${formatBytes(bytes)} sealed`,
    `${component.seconds} s`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}
