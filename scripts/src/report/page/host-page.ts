import type { Kept } from '../../date/kept.ts';
import type { RunReport } from '../run-report.ts';
import { counted, minuteOf, size } from './amounts.ts';
import { annoyingFiles } from './annoying.ts';
import { charts } from './chart.ts';
import { formatPage } from './document.ts';
import { headline } from './headline.ts';
import { html, type Markup, nameOf } from './html.ts';
import { anchorOf, moment, section } from './pieces.ts';
import { componentsTable, datesTable, runsTable } from './tables.ts';

export interface HostFacts {
  readonly host: string;
  /** The runs that are remembered, oldest first. */
  readonly runs: readonly RunReport[];
  /** The dates that are published here, newest first. */
  readonly dates: readonly Kept[];
  /** What is known of the other side now. */
  readonly last: RunReport['last'];
  /** ISO, UTC: what is told as an age is one at this time. */
  readonly now: string;
  readonly version: string;
}

/** The page of a host, for its administrators: one HTML file, with nothing in it that runs or is fetched. */
export function hostPage(facts: HostFacts): string {
  const { host, runs, dates, now, version } = facts;
  const last = runs.at(-1);
  const sections = last === undefined ? [] : ofLastRun(last, facts);
  const nothing = html`<section id="status" class="headline skipped" aria-label="status"><p class="verdict">No run is remembered yet</p><p>The next run of <code>hcoop-backup</code> is the first.</p></section>`;
  return formatPage({
    title: `${host}: backup${last === undefined ? '' : ` ${last.status} ${last.date}`}`,
    heading: html`${nameOf(host)} <span class="age">backup</span>`,
    made: now,
    madeBy: `hcoop-backup ${version}`,
    contents: [
      ['status', 'status'],
      ...(last === undefined ? [] : ([['components', 'last run']] as const)),
      ['dates', 'dates'],
      ...(last === undefined ? [] : pages),
    ],
    body: [
      last === undefined ? nothing : headline(last, dates, now),
      sections[0],
      datesSection(dates, now),
      ...sections.slice(1),
    ],
  });
}

const pages = [
  ['plots', 'sizes and times'],
  ['annoying', 'unexpected files'],
  ['elsewhere', 'pulls and drills'],
  ['runs', 'runs'],
] as const;

function datesSection(dates: readonly Kept[], now: string): Markup {
  return section(
    'dates',
    'Dates',
    dates.length === 0
      ? html`<p>None is published here.</p>`
      : datesTable('The dates that are here, newest first', dates, now),
  );
}

function ofLastRun(last: RunReport, { runs, dates, now, last: known }: HostFacts): Markup[] {
  const nothing = html`<p>The run failed before it came to any component.</p>`;
  const made = Object.keys(last.components).length > 0;
  return [
    section(
      'components',
      'Last run',
      made ? componentsTable('What the last run made', last.components) : nothing,
      dropped(last),
      undumped(last),
    ),
    section('plots', 'Sizes and times', charts(runs, { kind: 'run', now })),
    section('annoying', 'Unexpected files', unexpected(runs)),
    section('elsewhere', 'Pulls and drills', elsewhere(known, last, now)),
    section('runs', 'Runs', runsTable(runs, dates)),
  ];
}

/** A run that failed may not have come to look for them: those of the newest that did are still there. */
function unexpected(runs: readonly RunReport[]): Markup {
  const known = runs.findLast(({ status }) => status !== 'failed');
  if (known === undefined) return html`<p>No run has looked for them yet.</p>`;
  const since = html`<p>As the run of <a href="#${anchorOf('run', known.started)}">${minuteOf(known.started)}</a> found them; those after it failed.</p>`;
  return html`${known === runs.at(-1) ? undefined : since}${annoyingFiles(known)}`;
}

function dropped({ dropped: { paths, bytes } }: RunReport): Markup | undefined {
  if (paths === 0) return undefined;
  return html`<p><strong>New rules exclude ${counted(paths, 'path')}, ${size(bytes)},</strong> that the date before had.</p>`;
}

function undumped({ undumped: names }: RunReport): Markup | undefined {
  if (names.length === 0) return undefined;
  return html`<h3>Nobody dumps these</h3><ul>${names.map((name) => html`<li>${nameOf(name)}</li>`)}</ul>`;
}

/** What happens after a run is not in its record: what is known now comes first. */
function elsewhere(known: RunReport['last'], last: RunReport, now: string): Markup {
  const row = (what: string, of: keyof RunReport['last']): Markup => {
    const time = known[of] ?? last.last[of];
    return html`<div><dt>${what}</dt><dd>${time === null ? 'never, as far as is known here' : moment(time, now)}</dd></div>`;
  };
  return html`<dl>${row('last pull', 'pull')}${row('last receipt of the other side', 'receipt')}${row('last drill: a date restored to see whether it can be', 'drill')}</dl>`;
}
