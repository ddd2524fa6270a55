import { count, counted, duration, minuteOf, size } from './amounts.ts';
import { componentNames, type Entry, findGaps, type Point, pointsOf } from './entries.ts';
import { html, type Markup, nameOf } from './html.ts';
import { anchorOf, anchorOfName, badge, table } from './pieces.ts';
import { drawPlot } from './plot.ts';

/** What the entries of a page are: runs, which may have failed, or the dates that are kept. */
export type EntryKind = 'run' | 'date';

/** A plot of everything together, and one of each component, each with its table. `prefix` makes their anchors unique. */
export function charts(entries: readonly Entry[], kind: EntryKind, now: string, prefix = ''): Markup {
  const whole = chart({ id: `${prefix}plot-all`, name: 'Everything', kind, now }, pointsOf(entries));
  const components = componentNames(entries).map((name) =>
    chart({ id: componentAnchor(name, prefix), name, kind, now }, pointsOf(entries, name)),
  );
  return html`<div class="cards">${whole}${components}</div>`;
}

/** Where the plot of a component is. */
export function componentAnchor(name: string, prefix = ''): string {
  return anchorOfName(`${prefix}plot`, name);
}

interface Chart {
  readonly id: string;
  readonly name: string;
  readonly kind: EntryKind;
  readonly now: string;
}

function chart({ id, name, kind, now }: Chart, points: readonly Point[]): Markup {
  const heading = html`<h3 id="${id}">${nameOf(name)}</h3>`;
  if (points.length === 0)
    return html`<figure class="card">${heading}<p>Nothing was measured yet.</p></figure>\n`;
  const text = {
    id: `${id}-svg`,
    title: `${name}: sizes and durations`,
    description: describe(points, kind, now),
  };
  return html`<figure class="card">${heading}
${drawPlot(text, points, now)}
<figcaption>${faults(points, kind, now)}</figcaption>
<details><summary>${name} as a table</summary>
${pointsTable(name, points, kind)}</details></figure>\n`;
}

/** What somebody would say who sees the plot. */
function describe(points: readonly Point[], kind: EntryKind, now: string): string {
  const measured = points.flatMap(({ measures }) => measures ?? []);
  const sizes = measured.map(({ bytes }) => bytes);
  const failed = points.filter(({ status }) => status === 'failed').length;
  const incomplete = points.filter(({ status }) => status === 'incomplete').length;
  const gaps = findGaps(
    points.map(({ time }) => time),
    Date.parse(now),
  ).length;
  return [
    `${counted(points.length, kind)} from ${day(points[0])} to ${day(points.at(-1))}`,
    ...(sizes.length === 0
      ? []
      : [
          `${size(Math.min(...sizes))} to ${size(Math.max(...sizes))} sealed, ${size(sizes.at(-1) ?? 0)} last`,
        ]),
    `${count(failed)} failed, ${count(incomplete)} incomplete, ${counted(gaps, 'gap')}`,
    'the table below has all of it',
  ].join('; ');
}

function day(point: Point | undefined): string {
  return point?.entry.started.slice(0, 10) ?? '';
}

/** So many faults are named below a plot; its table has all. */
const named = 3;

/** The faults that are marked in the plot, as links: the newest, and how many there are. */
function faults(points: readonly Point[], kind: EntryKind, now: string): Markup {
  const list = (status: 'failed' | 'incomplete', sign: string): Markup | undefined => {
    const those = points.filter((point) => point.status === status).toReversed();
    if (those.length === 0) return undefined;
    const links = those.slice(0, named).map(({ entry }) => {
      const target = anchorOf(kind, kind === 'run' ? entry.started : entry.date);
      return html` <a href="#${target}">${entry.started.slice(0, 10)}</a>`;
    });
    const rest = those.length > named ? ` and ${count(those.length - named)} more` : undefined;
    return html`<li><span class="sign ${status}" aria-hidden="true">${sign}</span> ${status}:${links}${rest}</li>`;
  };
  const gaps = findGaps(
    points.map(({ time }) => time),
    Date.parse(now),
  );
  const last = gaps.at(-1);
  const missing =
    last &&
    html`<li><span class="sign gap-sign" aria-hidden="true">▨</span> no ${kind}: ${gapText(last)}${gaps.length > 1 ? ` and ${counted(gaps.length - 1, 'more gap')}` : undefined}</li>`;
  const items = [list('failed', '✕'), list('incomplete', '▲'), missing].filter((item) => item !== undefined);
  return items.length === 0 ? html`` : html`<ul class="faults">${items}</ul>`;
}

function gapText({ from, to }: { readonly from: number; readonly to: number }): string {
  const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
  return `${dayOf(from)} to ${dayOf(to)}`;
}

/** All that is plotted, newest first. */
function pointsTable(name: string, points: readonly Point[], kind: EntryKind): Markup {
  const columns = [
    { title: kind === 'run' ? 'Began (UTC)' : 'Date' },
    { title: 'Status' },
    ...['Sealed', 'New', 'Took'].map((title) => ({ title, numbers: true })),
  ];
  const rows = points.toReversed().map(({ entry, status, measures }) => ({
    cells: [
      kind === 'run' ? minuteOf(entry.started) : entry.date,
      badge(status),
      ...(measures
        ? [size(measures.bytes), size(measures.newBytes), duration(measures.seconds)]
        : ['–', '–', '–']),
    ],
  }));
  return table(`${name}: each ${kind}`, columns, rows);
}
