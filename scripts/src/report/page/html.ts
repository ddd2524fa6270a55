import { escapeText } from 'path-stream';

/** Text that is HTML already. Nothing else gets into a page unescaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What can stand in a template: text and numbers are escaped, lists are joined, what is undefined is left out. */
export type Part = Markup | string | number | undefined | readonly Part[];

/** A template that escapes what is put in, for content and for attributes in double quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((text, i) => text + toHtml(parts[i])).join(''));
}

function toHtml(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(toHtml).join('');
  return escapeHtml(String(part));
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// Beyond what a terminal obeys: whatever is not seen and yet changes how its neighbours look, and halves of characters.
const unseen = /[\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** Makes text inert in HTML, and visible: a control or a turn of direction in a file's name is shown, not obeyed. */
export function escapeHtml(text: string): string {
  return escapeText(text)
    .replace(unseen, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`)
    .replace(/[&<>"']/g, (c) => entities[c] ?? c);
}

/** A name from the disk: kept apart from the direction of what is around it. */
export function nameOf(name: string): Markup {
  return html`<bdi class="name">${name}</bdi>`;
}
