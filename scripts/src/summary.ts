import { exitCodes, type Report } from 'command-line';
import type { Selection } from './components/files.ts';
import type { Component, Manifest } from './date/manifest.ts';

/** What a person wants to know of a run, on stderr. */
export function summarize(manifest: Manifest, selection: Selection, published: string, report: Report): void {
  for (const [name, component] of Object.entries(manifest.components)) report.note(name, describe(component));
  report.note('annoying files', `${selection.annoyingCount}, listed in ${selection.annoying}`);
  const whole = report.exitCode === exitCodes.complete ? 'complete' : 'INCOMPLETE';
  report.note(published, `published, ${whole}, number ${manifest.sequence}`);
}

function describe(component: Component): string {
  const bytes = component.files.reduce((sum, file) => sum + file.size, 0);
  const parts = [
    component.status,
    component.status === 'ok' ? undefined : component.reason,
    component.paths === undefined ? undefined : `${component.paths} paths`,
    bytes === 0 ? undefined : `${megabytes(bytes)} sealed`,
    `${component.seconds} s`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

/** Bytes for a person: `12.3 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
