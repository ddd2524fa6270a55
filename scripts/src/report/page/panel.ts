import { type ScaleLinear, type ScaleTime, scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { html, type Markup } from './html.ts';

/** What is measured at a time; null where nothing was. */
export interface Mark {
  readonly time: number;
  readonly value: number | null;
}

/** One strip of a plot: its own vertical axis, the horizontal one is shared. */
export interface Panel {
  readonly label: string;
  readonly shape: 'line' | 'bars';
  readonly marks: readonly Mark[];
  readonly tick: (value: number) => string;
  /** In the units of the drawing: where its area begins, and how high it is. */
  readonly top: number;
  readonly height: number;
}

/** The drawing is so wide, and its areas leave so much at the left for the labels of their axis. */
export const width = 320;
export const left = 46;
export const right = width - 8;

/** Draws axis, label and marks of a panel. */
export function drawPanel(panel: Panel, x: ScaleTime<number, number>): Markup {
  const { label, shape, marks, top, height, tick } = panel;
  const values = marks.flatMap(({ value }) => (value === null ? [] : [value]));
  const y = scaleLinear([0, Math.max(...values, 0) * 1.05 || 1], [top + height, top]);
  const lines = (values.some((value) => value > 0) ? ticks(y, height) : [0]).map((value) => {
    const at = round(y(value));
    return html`<line class="${value === 0 ? 'base' : 'rule'}" x1="${left}" x2="${right}" y1="${at}" y2="${at}"/><text class="tick" x="${left - 5}" y="${at + 3.5}" text-anchor="end">${tick(value)}</text>`;
  });
  const drawn = shape === 'line' ? drawLine(marks, x, y, top + height) : drawBars(marks, x, y, top + height);
  return html`<text class="label" x="${left}" y="${top - 5}">${label}</text>${lines}${drawn}`;
}

/** As many as there is room for. */
function ticks(y: ScaleLinear<number, number>, height: number): number[] {
  const fits = [4, 3, 2].map((number) => y.ticks(number)).find(({ length }) => length <= height / 15 + 1);
  return fits ?? y.ticks(1);
}

type Scale = (value: number) => number;

function drawLine(marks: readonly Mark[], x: Scale, y: Scale, base: number): Markup {
  const place = { x: (mark: Mark) => x(mark.time), y: (mark: Mark) => y(mark.value ?? 0) };
  const defined = (mark: Mark): boolean => mark.value !== null;
  const fill = area<Mark>().defined(defined).x(place.x).y0(base).y1(place.y).digits(1);
  const stroke = line<Mark>().defined(defined).x(place.x).y(place.y).digits(1);
  const dots = marks
    .filter((mark, i) => defined(mark) && (marks.length <= 40 || i === marks.length - 1 || isAlone(marks, i)))
    .map(
      (mark) => html`<circle class="dot" cx="${round(place.x(mark))}" cy="${round(place.y(mark))}" r="2.2"/>`,
    );
  return html`<path class="area" d="${fill(marks) ?? ''}"/><path class="line" d="${stroke(marks) ?? ''}"/>${dots}`;
}

/** A line through one point is not seen. */
function isAlone(marks: readonly Mark[], at: number): boolean {
  return (marks[at - 1]?.value ?? null) === null && (marks[at + 1]?.value ?? null) === null;
}

function drawBars(marks: readonly Mark[], x: Scale, y: Scale, base: number): readonly Markup[] {
  const wide = Math.min(8, Math.max(0.6, (0.6 * (right - left)) / Math.max(marks.length, 1)));
  return marks.flatMap(({ time, value }) => {
    if (value === null || value === 0) return [];
    const tall = Math.max(0.8, base - y(value));
    return [
      html`<rect class="bar" x="${round(x(time) - wide / 2)}" y="${round(base - tall)}" width="${round(wide)}" height="${round(tall)}"/>`,
    ];
  });
}

/** To a tenth of a unit: a thin hair, and half the bytes. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
