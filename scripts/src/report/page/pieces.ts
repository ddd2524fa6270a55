import { createHash } from 'node:crypto';
import { ageText } from '../mail/amounts.ts';
import type { ComponentReport, Loss } from '../run-report.ts';
import { minuteOf } from './amounts.ts';
import { html, type Markup, nameOf, type Part } from './html.ts';

/** The word and its sign: what it means is never told by colour alone. */
export function badge(status: ComponentReport['status']): Markup {
  const shown = { ok: 'ok', incomplete: 'INCOMPLETE', failed: 'FAILED', skipped: 'skipped' }[status];
  return html`<span class="badge ${status}">${shown}</span>`;
}

/** A time in UTC, and how long ago that was where `now` is given. */
export function moment(time: string, now?: string): Markup {
  const age = now === undefined ? undefined : html` <span class="age">(${ageText(time, now)} ago)</span>`;
  return html`<time datetime="${time}">${minuteOf(time)}</time>${age}`;
}

export interface Column {
  readonly title: string;
  readonly numbers?: boolean;
}

/** A table that scrolls in itself where it is too wide or too long; the first cell of each row is its heading. */
export function table(caption: string, columns: readonly Column[], rows: readonly TableRow[]): Markup {
  const kind = (i: number): Markup | undefined => (columns[i]?.numbers ? html` class="number"` : undefined);
  const heads = columns.map(({ title }, i) => html`<th scope="col"${kind(i)}>${title}</th>`);
  const body = rows.map(({ id, cells }) => {
    const [first, ...others] = cells;
    const rest = others.map((cell, i) => html`<td${kind(i + 1)}>${cell}</td>`);
    return html`<tr${id === undefined ? undefined : html` id="${id}"`}><th scope="row">${first}</th>${rest}</tr>\n`;
  });
  // On a phone the cells of a row stand below each other, each with its column's title.
  const labels = columns.map(({ title }, i) => `--c${i + 1}:'${title} '`).join(';');
  return html`<section class="scroll" tabindex="0" aria-label="${caption}">
<table style="${labels}"><caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${body}</tbody></table></section>`;
}

export interface TableRow {
  readonly id?: string;
  readonly cells: readonly Part[];
}

/** A part of the page under a heading that can be linked to; nothing where there is nothing in it. */
export function section(id: string, title: string, ...content: readonly Part[]): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${title}</h2>
${content}
</section>\n`;
}

/** What was lost, why, and what to do about it: said once for those in a row that need the same. */
export function lossItems(losses: readonly Loss[]): Markup[] {
  return losses.map(({ what, why, hint }, i) => {
    const last = hint !== undefined && hint !== losses[i + 1]?.hint;
    const advice = last ? html`<br><span class="hint">→ ${hint}</span>` : undefined;
    return html`<li>${nameOf(what)}: ${why}${advice}</li>\n`;
  });
}

/** What a run or a date can be linked to by. */
export function anchorOf(kind: 'run' | 'date', name: string): string {
  return `${kind}-${name.replaceAll(/[^0-9A-Za-z-]/g, '-')}`;
}

/** The same for a name that anything can be in: two names never have one anchor. */
export function anchorOfName(kind: string, name: string): string {
  return `${kind}-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
}
