import { scaleLinear } from 'd3-scale';
import { settling } from '../mail/annoying.ts';
import type { Block } from '../mail/section.ts';
import type { AnnoyingFile, AnnoyingGroup, RunReport } from '../run-report.ts';
import { counted, minuteOf, size } from './amounts.ts';
import { html, type Markup, nameOf } from './html.ts';
import { width } from './panel.ts';

/** So many directories have a bar, and so many are shown at once; the others fold out. */
const bars = 12;
const shown = 10;

/** Files that nobody has classified: where the most of them are, what is new, and the line that settles each group. */
export function annoyingFiles({ annoying }: RunReport): Markup {
  const { count, newCount, bytes, groups, others } = annoying;
  if (count === 0) return html`<p>None: every file is expected, excluded, or brought back by a package.</p>`;
  const rest = groups.slice(shown);
  return html`<p>${counted(count, 'file')}, ${size(bytes)}; <strong>${newCount} new</strong> since the date before. They are in the backup; it is for you to say of each whether that is right (<code>expect</code>) or not (<code>exclude</code>).</p>
<div class="beside"><figure class="card"><h3>Where the most is</h3>
${drawBars(groups)}</figure>
<div><h3>By directory, the newest first</h3>
<div class="groups">${groups.slice(0, shown).map(groupItem)}</div>${
    rest.length > 0
      ? html`<details><summary>${counted(rest.length, 'more directory', 'more directories')}</summary><div class="groups">${rest.map(groupItem)}</div></details>`
      : undefined
  }${others.groups > 0 ? html`<p>And ${counted(others.count, 'file')} in ${counted(others.groups, 'other directory', 'other directories')}.</p>` : undefined}</div></div>`;
}

/** A bar for each of the largest directories: on a phone too there is room for a name above it. */
function drawBars(groups: readonly AnnoyingGroup[]): Markup {
  const largest = groups.toSorted((a, b) => b.bytes - a.bytes).slice(0, bars);
  const x = scaleLinear([0, Math.max(...largest.map(({ bytes }) => bytes)) || 1], [0, width]);
  const step = 30;
  const items = largest.map(
    ({ directory, bytes, count }, i) =>
      html`<text class="name" x="0" y="${i * step + 12}">${shorten(directory)}</text><text class="tick" x="${width}" y="${i * step + 12}" text-anchor="end">${counted(count, 'file')}, ${size(bytes)}</text><rect class="track" x="0" y="${i * step + 17}" width="${width}" height="6" rx="3"/><rect class="bar" x="0" y="${i * step + 17}" width="${Math.max(2, Math.round(x(bytes)))}" height="6" rx="3"/>`,
  );
  const description = largest.map(({ directory, bytes }) => `${directory} ${size(bytes)}`).join('; ');
  return html`<svg role="img" aria-labelledby="annoying-title annoying-text" viewBox="0 0 ${width} ${largest.length * step}" class="plot">
<title id="annoying-title">Unexpected files by directory, the largest first</title><desc id="annoying-text">${description}</desc>
${items}</svg>`;
}

/** Both ends of a name say more than its middle. */
function shorten(name: string): string {
  const letters = [...name];
  return letters.length <= 28 ? name : [...letters.slice(0, 11), '…', ...letters.slice(-16)].join('');
}

function groupItem(group: AnnoyingGroup): Markup {
  const { directory, count, newCount, bytes, owners, newest, files } = group;
  const some = html`<details><summary>${counted(files.length, 'new file')}</summary><ul class="files">${files.map(fileItem)}</ul></details>`;
  return html`<article class="group"><h4>${nameOf(directory)}</h4>
<p>${counted(count, 'file')}${newCount > 0 ? html`, <strong>${newCount} new</strong>` : undefined}, ${size(bytes)}, of ${owners.map((owner, i) => html`${i > 0 ? ', ' : ''}${nameOf(owner)}`)}, newest ${minuteOf(newest)}</p>
${files.length > 0 ? some : undefined}
<details class="settle"${newCount > 0 ? html` open` : undefined}><summary>settle it</summary>${settling(group).map(blockOf)}</details></article>\n`;
}

/** What the mail says of it too. */
function blockOf(block: Block): Markup | undefined {
  if ('paragraph' in block) return html`<p>${block.paragraph}</p>`;
  if (!('commands' in block)) return undefined;
  return html`<p>${block.commands.map((line) => html`<code class="rule">${line}</code><br>`)}</p>`;
}

function fileItem({ name, size: bytes, owner, mtime }: AnnoyingFile): Markup {
  return html`<li>${nameOf(name)} <small>${size(bytes)}, ${nameOf(owner)}, ${minuteOf(mtime)}</small></li>\n`;
}
