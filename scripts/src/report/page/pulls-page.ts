import { isWhole, type Kept } from '../../date/kept.ts';
import { ageText } from '../mail/amounts.ts';
import { count, counted, size } from './amounts.ts';
import { charts } from './chart.ts';
import { formatPage } from './document.ts';
import { ofDate, totals } from './entries.ts';
import { html, type Markup, nameOf } from './html.ts';
import { anchorOfName, badge, moment, section, table } from './pieces.ts';
import { componentsTable, datesTable } from './tables.ts';

/** What is kept of a host. */
export interface PulledHost {
  readonly name: string;
  /** Verified ones, newest first. */
  readonly dates: readonly Kept[];
  /** What became of it now; undefined where it was not asked for. */
  readonly pull?: { readonly result: string; readonly failed: boolean };
}

export interface PullFacts {
  readonly hosts: readonly PulledHost[];
  readonly now: string;
  readonly version: string;
}

/** A host whose newest date was made so many days ago needs somebody to look at it: pulls are every third day. */
const oldDays = 7;

type Status = 'ok' | 'incomplete' | 'failed';

/** The page of everything that is kept here: all hosts, what became of their pulls, and their dates. */
export function pullsPage({ hosts, now, version }: PullFacts): string {
  const judged = hosts.map((host) => ({ host, ...judge(host, now) }));
  const verdict = sumUp(judged);
  return formatPage({
    title: `pulled backups: ${verdict.text}`,
    heading: html`Pulled backups`,
    made: now,
    madeBy: `hcoop-pull ${version}`,
    contents: [['hosts', 'hosts'], ...hosts.map(({ name }) => [anchorOfName('host', name), name] as const)],
    body: [
      verdictSection(verdict, judged),
      section('hosts', 'Hosts', hostsTable(judged, now)),
      ...hosts.map((host) => hostSection(host, now)),
    ],
  });
}

interface Verdict {
  readonly status: Status | 'skipped';
  readonly text: string;
}

/** All hosts in one sentence, and the worst that is to be said of any. */
function sumUp(judged: readonly Judged[]): Verdict {
  if (judged.length === 0) return { status: 'skipped', text: 'no host is kept here' };
  const faulty = judged.filter(({ status }) => status !== 'ok');
  const hosts = counted(judged.length, 'host');
  if (faulty.length === 0) return { status: 'ok', text: `${hosts}, all as they should be` };
  const status = faulty.some((each) => each.status === 'failed') ? 'failed' : 'incomplete';
  return { status, text: `${count(faulty.length)} of ${hosts} to look at` };
}

function verdictSection({ status, text }: Verdict, judged: readonly JudgedHost[]): Markup {
  const items = judged.flatMap(({ host: { name }, why }) =>
    why === undefined
      ? []
      : [html`<li><a href="#${anchorOfName('host', name)}">${nameOf(name)}</a>: ${why}</li>`],
  );
  const list = items.length > 0 ? html`<ul class="losses">${items}</ul>` : undefined;
  return html`<section id="status" class="headline ${status}" aria-label="status">
<p class="verdict">${badge(status)} ${text}</p>${list}</section>\n`;
}

interface Judged {
  readonly status: Status;
  /** What somebody is to look at. */
  readonly why?: string;
}

interface JudgedHost extends Judged {
  readonly host: PulledHost;
}

function judge({ dates, pull }: PulledHost, now: string): Judged {
  const [newest] = dates;
  if (pull?.failed) return { status: 'failed', why: pull.result };
  if (newest === undefined) return { status: 'failed', why: 'no date of it is here' };
  const { finished } = newest.manifest;
  if (Date.parse(now) - Date.parse(finished) > oldDays * 86_400_000)
    return { status: 'failed', why: `its newest date was made ${ageText(finished, now)} ago` };
  if (!isWhole(newest.manifest))
    return { status: 'incomplete', why: `its date ${newest.date} is incomplete` };
  return { status: 'ok' };
}

function hostsTable(judged: readonly JudgedHost[], now: string): Markup {
  const columns = [
    ...['Host', 'Status', 'Newest date'].map((title) => ({ title })),
    ...['Sealed', 'Held'].map((title) => ({ title, numbers: true })),
    { title: 'This pull' },
  ];
  const rows = judged.map(({ host: { name, dates, pull }, status }) => {
    const [newest] = dates;
    const date =
      newest && html`${newest.date}<br><small>made ${moment(newest.manifest.finished, now)}</small>`;
    const sealed = newest && size(totals(ofDate(newest)).bytes);
    const link = html`<a href="#${anchorOfName('host', name)}">${nameOf(name)}</a>`;
    return {
      cells: [
        link,
        badge(status),
        date ?? 'none',
        sealed ?? '–',
        dates.length,
        pull?.result ?? 'not asked for',
      ],
    };
  });
  return table('All hosts that are kept here', columns, rows);
}

function hostSection({ name, dates }: PulledHost, now: string): Markup {
  const anchor = anchorOfName('host', name);
  const prefix = `${anchor}-`;
  const [newest] = dates;
  if (newest === undefined) return section(anchor, name, html`<p>No date of it is here.</p>`);
  const entries = dates.toReversed().map(ofDate);
  return section(
    anchor,
    name,
    datesTable(`The dates of ${name}, newest first`, dates, now, prefix),
    componentsTable(`What the ${newest.date} of ${name} has`, ofDate(newest).components, prefix),
    html`<details><summary>sizes and times of ${counted(dates.length, 'date')}</summary>${charts(entries, { kind: 'date', now, owner: name, prefix })}</details>`,
  );
}
