import { durationText } from '../mail/amounts.ts';
import { count, counted, minuteOf, size } from './amounts.ts';
import { componentNames, type Entry, findGaps, type Point, pointsOf } from './entries.ts';
import { html, type Markup, nameOf } from './html.ts';
import { anchorOf, anchorOfName, badge, table } from './pieces.ts';
import { drawPlot } from './plot.ts';

/** What a page's entries are, and of whom. */
export interface Charted {
  /** Runs, which may have failed, or the dates that are kept. */
  readonly kind: 'run' | 'date';
  /** ISO. */
  readonly now: string;
  /** The host, on a page of several: it is in the names and, as `prefix`, in the anchors. */
  readonly owner?: string;
  readonly prefix?: string;
}

/** A plot of everything together, and one of each component, each with its table. */
export function charts(entries: readonly Entry[], charted: Charted): Markup {
  const whole = chart('Everything', `${charted.prefix ?? ''}plot-all`, pointsOf(entries), charted);
  const components = componentNames(entries).map((name) =>
    chart(name, componentAnchor(name, charted.prefix), pointsOf(entries, name), charted),
  );
  return html`<div class="cards">${whole}${components}</div>`;
}

/** Where the plot of a component is. */
export function componentAnchor(name: string, prefix = ''): string {
  return anchorOfName(`${prefix}plot`, name);
}

function chart(name: string, id: string, points: readonly Point[], charted: Charted): Markup {
  const heading = html`<h3 id="${id}">${nameOf(name)}</h3>`;
  if (points.length === 0)
    return html`<figure class="card">${heading}<p>Nothing was measured yet.</p></figure>\n`;
  const title = charted.owner === undefined ? name : `${charted.owner}: ${name}`;
  const text = {
    id: `${id}-svg`,
    title: `${title}: sizes and durations`,
    description: describe(points, charted),
  };
  return html`<figure class="card">${heading}
${drawPlot(text, points, charted.now)}
<figcaption>${faults(points, charted)}
<details><summary>${name} as a table</summary>
${pointsTable(title, points, charted)}</details></figcaption></figure>\n`;
}

/** What somebody would say who sees the plot. */
function describe(points: readonly Point[], { kind, now }: Charted): string {
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
function faults(points: readonly Point[], { kind, now, prefix = '' }: Charted): Markup {
  const list = (status: 'failed' | 'incomplete', sign: string): Markup | undefined => {
    const those = points.filter((point) => point.status === status).toReversed();
    if (those.length === 0) return undefined;
    const links = those.slice(0, named).map(({ entry }) => {
      const target = anchorOf(kind, kind === 'run' ? entry.started : entry.date);
      return html` <a href="#${prefix}${target}">${entry.started.slice(0, 10)}</a>`;
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
function pointsTable(name: string, points: readonly Point[], { kind }: Charted): Markup {
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
        ? [size(measures.bytes), size(measures.newBytes), durationText(measures.seconds)]
        : ['–', '–', '–']),
    ],
  }));
  return table(`${name}: each ${kind}`, columns, rows);
}
