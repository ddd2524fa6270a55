import type { Kept } from '../../date/kept.ts';
import { ageText, durationText } from '../mail/amounts.ts';
import type { RunReport } from '../run-report.ts';
import { count, counted, minuteOf, size } from './amounts.ts';
import { totals } from './entries.ts';
import { html, type Markup } from './html.ts';
import { anchorOf, badge, lossItems } from './pieces.ts';

/** So many losses are shown at once; the others fold out. */
const shown = 5;

/** First of all: how the last run ended, when, what failed, and what to do. */
export function headline(run: RunReport, dates: readonly Kept[], now: string): Markup {
  return html`<section id="status" class="headline ${run.status}" aria-label="status">
<p class="verdict">${badge(run.status)} ${outcome(run)}</p>
<p>${run.status === 'failed' ? 'It failed' : 'It ended'} <time datetime="${run.finished}">${minuteOf(run.finished)} UTC</time>, ${ageText(run.finished, now)} ago, after ${durationText(run.seconds)}${sizes(run)}.</p>
${run.failure ? html`<ul class="losses">${lossItems([run.failure])}</ul>` : undefined}${newestWhole(run, dates)}${lossList(run)}${doubts(run)}
</section>\n`;
}

function outcome({ status, date, sequence, movedOver }: RunReport): Markup {
  if (status === 'failed') return html`No date was made for ${date}`;
  const what = movedOver ? 'was moved over' : 'is published';
  return html`${date} ${what}${sequence === null ? undefined : `, number ${sequence}`}`;
}

function sizes(run: RunReport): string | undefined {
  const { bytes, newBytes } = totals(run);
  return run.status === 'failed' ? undefined : `; ${size(bytes)} sealed, ${size(newBytes)} of that new`;
}

/** After a failure: what can be restored all the same. */
function newestWhole({ status }: RunReport, dates: readonly Kept[]): Markup | undefined {
  if (status !== 'failed') return undefined;
  const [newest] = dates;
  if (newest === undefined) return html`<p><strong>No earlier date is here.</strong></p>`;
  return html`<p>The newest date that is here is <a href="#${anchorOf('date', newest.date)}">${newest.date}</a>.</p>`;
}

function lossList({ losses: { count: all, first } }: RunReport): Markup | undefined {
  if (all === 0) return undefined;
  const more = first.slice(shown);
  const unnamed = all - first.length;
  const folded = html`<details><summary>${count(all - shown)} more</summary><ul class="losses">${lossItems(more)}${unnamed > 0 ? html`<li>and ${counted(unnamed, 'other')}, which are in the log</li>` : undefined}</ul></details>`;
  return html`<h2>${counted(all, 'thing is', 'things are')} missing</h2>
<ul class="losses">${lossItems(first.slice(0, shown))}</ul>${all > shown ? folded : undefined}`;
}

/** What is not as it used to be. */
function doubts({ doubts: sentences }: RunReport): Markup | undefined {
  if (sentences.length === 0) return undefined;
  return html`<h2 id="doubts">${counted(sentences.length, 'doubt')}</h2><ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>`;
}
