import type { Block, MailContent, Section, Table } from './section.ts';

const width = 78;

/** A mail as text: lines of 78 columns, but for what is to be copied, and names. */
export function formatText({ headline, sections }: MailContent): string {
  return `${[wrap(headline), ...sections.map(formatSection)].join('\n\n')}\n`;
}

function formatSection({ title, blocks }: Section): string {
  return `${title}\n${'-'.repeat(Math.min(title.length, width))}\n${blocks.map(formatBlock).join('\n').replace(/^\n/, '')}`;
}

function formatBlock(block: Block): string {
  if ('heading' in block) return `\n${wrap(block.heading, '', '  ')}`;
  if ('paragraph' in block) return wrap(block.paragraph);
  if ('commands' in block) return block.commands.map((line) => `    ${line}`).join('\n');
  if ('list' in block) return block.list.map((item) => wrap(item, '  - ', '    ')).join('\n');
  return formatTable(block.table);
}

function formatTable({ head, rows, numbers }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)));
  const pad = (text: string, i: number): string =>
    numbers.includes(i) ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0);
  return all.map((row) => `  ${row.map(pad).join('  ')}`.trimEnd()).join('\n');
}

/** Breaks at blanks; a word that is longer than a line stays whole. */
function wrap(text: string, first = '', next = first): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line.trimEnd());
      line = next;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line.trimEnd()].join('\n');
}
