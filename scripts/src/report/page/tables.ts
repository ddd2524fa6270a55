import type { Kept } from '../../date/kept.ts';
import { durationText } from '../mail/amounts.ts';
import type { ComponentReport, RunReport } from '../run-report.ts';
import { count, size } from './amounts.ts';
import { componentAnchor } from './chart.ts';
import { ofDate, totals } from './entries.ts';
import { html, type Markup, nameOf } from './html.ts';
import { anchorOf, badge, moment, type TableRow, table } from './pieces.ts';

const numbers = (...titles: string[]) => titles.map((title) => ({ title, numbers: true }));

/** What each component of a run, or of a date, came to. */
export function componentsTable(
  caption: string,
  components: Readonly<Record<string, ComponentReport>>,
  prefix?: string,
): Markup {
  const columns = [{ title: 'Component' }, { title: 'Status' }, ...numbers('Sealed', 'New', 'Took')];
  const rows = Object.entries(components).map(
    ([name, { status, reason, paths, bytes, newBytes, seconds }]) => {
      if (status === 'skipped')
        return { cells: [nameOf(name), html`${badge(status)}${reasonOf(reason)}`, '–', '–', '–'] };
      const link = html`<a href="#${componentAnchor(name, prefix)}">${nameOf(name)}</a>`;
      const told = paths === undefined ? undefined : html`<br><small>${count(paths)} paths</small>`;
      const state = html`${badge(status)}${status === 'ok' ? undefined : reasonOf(reason)}`;
      return { cells: [html`${link}${told}`, state, size(bytes), size(newBytes), durationText(seconds)] };
    },
  );
  return table(caption, columns, rows);
}

function reasonOf(reason: string | undefined): Markup | undefined {
  return reason === undefined ? undefined : html`<br><small>${reason}</small>`;
}

/** The dates that are there, newest first. */
export function datesTable(caption: string, dates: readonly Kept[], now: string, prefix = ''): Markup {
  const columns = [
    { title: 'Date' },
    { title: 'Status' },
    ...numbers('Sealed', 'New', 'Number'),
    { title: 'Made (UTC)' },
  ];
  const rows = dates.map((kept): TableRow => {
    const entry = ofDate(kept);
    const { bytes, newBytes } = totals(entry);
    const cells = [
      html`<time>${kept.date}</time>`,
      html`${badge(entry.status)}${faultyNames(entry.components)}`,
      ...[size(bytes), size(newBytes), count(kept.manifest.sequence)],
      moment(kept.manifest.finished, now),
    ];
    return { id: `${prefix}${anchorOf('date', kept.date)}`, cells };
  });
  return table(caption, columns, rows);
}

/** What a date or a run lacks, by the names of the components. */
function faultyNames(components: Readonly<Record<string, ComponentReport>>): Markup | undefined {
  const faulty = Object.entries(components).filter(
    ([, { status }]) => status === 'incomplete' || status === 'failed',
  );
  if (faulty.length === 0) return undefined;
  return html`<br><small>${faulty.map(([name, { status }], i) => html`${i > 0 ? ', ' : ''}${nameOf(name)} ${status}`)}</small>`;
}

/** All runs that are remembered, newest first. */
export function runsTable(runs: readonly RunReport[], dates: readonly Kept[]): Markup {
  const columns = [
    { title: 'Began (UTC)' },
    { title: 'Status' },
    ...numbers('Sealed', 'New', 'Took', 'Unexpected'),
    { title: 'Date' },
  ];
  const there = new Set(dates.map(({ date, manifest }) => `${date} ${manifest.sequence}`));
  const rows = runs.toReversed().map((run): TableRow => {
    const { bytes, newBytes } = totals(run);
    const date = there.has(`${run.date} ${run.sequence}`)
      ? html`<a href="#${anchorOf('date', run.date)}">${run.date}</a>`
      : html`<time>${run.date}</time>`;
    const why = run.failure
      ? html`<br><small>${nameOf(run.failure.what)}: ${run.failure.why}</small>`
      : faultyNames(run.components);
    const measures = run.status === 'failed' ? ['–', '–'] : [size(bytes), size(newBytes)];
    const cells = [
      ...[moment(run.started), html`${badge(run.status)}${why}`, ...measures],
      ...[durationText(run.seconds), count(run.annoying.count), date],
    ];
    return { id: anchorOf('run', run.started), cells };
  });
  return table('All runs that are remembered, newest first', columns, rows);
}
