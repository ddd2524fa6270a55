import { type ScaleTime, scaleUtc } from 'd3-scale';
import { size } from './amounts.ts';
import { findGaps, type Gap, type Measures, type Point } from './entries.ts';
import { html, type Markup } from './html.ts';
import { drawPanel, left, type Mark, type Panel, right, round, width } from './panel.ts';

const height = 224;
const bottom = 202;
const day = 86_400_000;

/** What a plot is called, for those who do not see it too. */
export interface PlotText {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** Draws sizes, new bytes and durations over the same time; runs that failed or are missing are marked across all three. */
export function drawPlot(
  { id, title, description }: PlotText,
  points: readonly Point[],
  now: string,
): Markup {
  const gaps = findGaps(
    points.map(({ time }) => time),
    Date.parse(now),
  );
  const x = timeScale(points, gaps);
  return html`<svg role="img" aria-labelledby="${id}-title ${id}-text" viewBox="0 0 ${width} ${height}" class="plot">
<title id="${id}-title">${title}</title><desc id="${id}-text">${description}</desc>
${gaps.map((gap) => drawGap(gap, x))}${points.map((point) => drawFault(point, x))}${panels(points, gaps).map((panel) => drawPanel(panel, x))}${drawTimes(points, x)}
</svg>`;
}

function timeScale(points: readonly Point[], gaps: readonly Gap[]): ScaleTime<number, number> {
  const times = [...points.map(({ time }) => time), ...gaps.map(({ to }) => to)];
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const pad = first === last ? day : 0;
  return scaleUtc([first - pad, last + pad], [left + 6, right - 6]);
}

function panels(points: readonly Point[], gaps: readonly Gap[]): Panel[] {
  const marks = (measure: keyof Measures, unit = 1) =>
    points.map(({ time, measures }) => ({ time, value: measures ? measures[measure] / unit : null }));
  const longest = Math.max(...points.map(({ measures }) => measures?.seconds ?? 0));
  const [unit, name] = longest >= 7200 ? [3600, 'hours'] : longest >= 120 ? [60, 'minutes'] : [1, 'seconds'];
  return [
    { label: 'sealed', shape: 'line', marks: broken(marks('bytes'), gaps), tick: size, top: 32, height: 60 },
    { label: 'of that, new', shape: 'bars', marks: marks('newBytes'), tick: size, top: 114, height: 32 },
    { label: name, shape: 'bars', marks: marks('seconds', unit), tick: String, top: 170, height: 32 },
  ];
}

/** Over a gap nothing is known: no line goes there. */
function broken(marks: readonly Mark[], gaps: readonly Gap[]): Mark[] {
  const holes = gaps.map(({ from, to }) => ({ time: (from + to) / 2, value: null }));
  return [...marks, ...holes].sort((a, b) => a.time - b.time);
}

function drawGap({ from, to }: Gap, x: ScaleTime<number, number>): Markup {
  const [start, end] = [x(from) + 3, x(to) - 3];
  return html`<rect class="gap" x="${round(start)}" y="15" width="${round(Math.max(1, end - start))}" height="${bottom - 15}"/>`;
}

/** A cross for what failed, a triangle for what is incomplete, and a line down to the time. */
function drawFault({ time, status }: Point, x: ScaleTime<number, number>): Markup | undefined {
  if (status !== 'failed' && status !== 'incomplete') return undefined;
  const at = round(x(time));
  const mark = status === 'failed' ? `M${at - 3},7 l6,6 M${at - 3},13 l6,-6` : `M${at},6.5 l3.6,6.5 h-7.2 z`;
  return html`<line class="fault ${status}" x1="${at}" x2="${at}" y1="15" y2="${bottom}"/><path class="sign ${status}" d="${mark}"/>`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function drawTimes(points: readonly Point[], x: ScaleTime<number, number>): readonly Markup[] {
  const [from = 0, to = 0] = x.domain().map(Number);
  const ticks = points.length === 1 ? points.map(({ time }) => new Date(time)) : x.ticks(4);
  const name = (time: Date): string =>
    to - from > 300 * day
      ? `${months[time.getUTCMonth()]} ${time.getUTCFullYear()}`
      : `${time.getUTCDate()} ${months[time.getUTCMonth()]}`;
  const named = ticks.filter((time, i) => i === 0 || name(time) !== name(ticks[i - 1] ?? time));
  return named.map((time) => {
    const at = round(Math.min(Math.max(x(time), left + 16), right - 20));
    return html`<line class="base" x1="${round(x(time))}" x2="${round(x(time))}" y1="${bottom}" y2="${bottom + 4}"/><text class="tick" x="${at}" y="${bottom + 16}" text-anchor="middle">${name(time)}</text>`;
  });
}
