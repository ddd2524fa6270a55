import { escapeText } from 'path-stream';

/** Invisible, or it turns the direction of writing, beyond what a terminal minds: for a mail or a page. */
export const unseen: RegExp = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

/** Text that does nothing, whoever made it up: one line, all of it visible, no half of a character. */
export function inert(text: string): string {
  const whole = Buffer.from(text).toString();
  return escapeText(whole).replace(unseen, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);
}

/** The same of at most so many bytes in UTF-8: of a longer one, the middle is left out. */
export function clipped(text: string, most = 200): string {
  // Of a long one, no more than can stay is looked at.
  const whole = inert(text.length > 2 * most ? text.slice(0, most) + text.slice(-most) : text);
  if (Buffer.byteLength(whole) <= most) return whole;
  const half = Math.floor((most - 3) / 2);
  const bytes = Buffer.from(whole);
  const [start, end] = [bytes.subarray(0, half), bytes.subarray(-half)].map((part) =>
    part.toString().replace(/^\ufffd+|\ufffd+$/g, ''),
  );
  return `${start}…${end}`;
}

/** Text as HTML: nothing in it is markup. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
