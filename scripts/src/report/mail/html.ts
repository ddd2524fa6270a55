import { escapeHtml } from './inert.ts';
import type { Block, MailContent, Section, Table } from './section.ts';

/** Readable on white and on black: the reader's own colours are left as they are. */
const marks = { ok: '#2a9d4a', look: '#d08a00', bad: '#d6336c' } as const;
const font = 'font-family:system-ui,sans-serif;font-size:15px;line-height:1.4';
const code =
  'font-family:ui-monospace,monospace;font-size:13px;white-space:pre-wrap;overflow-wrap:anywhere;margin:4px 0;padding:6px 8px;border-left:3px solid #8888';
const cell = 'padding:2px 10px 2px 0;border-bottom:1px solid #8884;vertical-align:top';

/** The same mail as HTML: styles within, nothing from elsewhere, no script. */
export function formatHtml({ verdict, headline, sections }: MailContent): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escapeHtml(headline)}</title></head>
<body style="color-scheme:light dark;${font};max-width:52em;margin:0 auto;padding:8px">
<h1 style="font-size:18px;margin:8px 0;padding:6px 10px;border-left:6px solid ${marks[verdict]}">${escapeHtml(headline)}</h1>
${sections.map(formatSection).join('\n')}
</body></html>
`;
}

function formatSection({ title, blocks }: Section): string {
  return `<h2 style="font-size:16px;margin:18px 0 4px">${escapeHtml(title)}</h2>\n${blocks.map(formatBlock).join('\n')}`;
}

function formatBlock(block: Block): string {
  if ('heading' in block)
    return `<h3 style="font-size:15px;margin:12px 0 4px;overflow-wrap:anywhere">${escapeHtml(block.heading)}</h3>`;
  if ('paragraph' in block)
    return `<p style="margin:6px 0;overflow-wrap:anywhere">${escapeHtml(block.paragraph)}</p>`;
  if ('commands' in block) return `<pre style="${code}">${escapeHtml(block.commands.join('\n'))}</pre>`;
  if ('list' in block) {
    const items = block.list.map((item) => `<li>${escapeHtml(item)}</li>`);
    return `<ul style="margin:4px 0;padding-left:20px;overflow-wrap:anywhere">${items.join('')}</ul>`;
  }
  return formatTable(block.table);
}

function formatTable({ head, rows, numbers }: Table): string {
  const style = (i: number): string => `style="${cell};text-align:${numbers.includes(i) ? 'right' : 'left'}"`;
  const heads = head.map((text, i) => `<th scope="col" ${style(i)}>${escapeHtml(text)}</th>`);
  const body = rows.map(
    (row) => `<tr>${row.map((text, i) => `<td ${style(i)}>${escapeHtml(text)}</td>`).join('')}</tr>`,
  );
  return `<table style="border-collapse:collapse"><thead><tr>${heads.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table>`;
}
