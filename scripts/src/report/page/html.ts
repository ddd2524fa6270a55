import { escapeHtml, inert } from '../mail/inert.ts';

/** Text that is HTML already. Nothing else gets into a page unescaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What can stand in a template: text and numbers are escaped, lists are joined, what is undefined is left out. */
export type Part = Markup | string | number | undefined | readonly Part[];

/** A template that makes what is put in inert and escapes it, for content and for attributes in double quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((text, i) => text + toHtml(parts[i])).join(''));
}

function toHtml(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(toHtml).join('');
  return escapeHtml(inert(String(part)));
}

/** A name from the disk: kept apart from the direction of what is around it. */
export function nameOf(name: string): Markup {
  return html`<bdi class="name">${name}</bdi>`;
}
