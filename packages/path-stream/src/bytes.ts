/**
 * A path as the kernel sees it: bytes. It is held in a string in which every UTF-16 unit is one byte
 * (latin-1), because such strings compare, slice and hash at native speed and lose nothing.
 */
export type BytePath = string;

const beyondAscii = /[\u0080-\u00ff]/;

/** The form in which `node:fs` takes a path: a string where it is ASCII, else the bytes themselves. */
export function toFs(path: BytePath): string | Buffer {
  return beyondAscii.test(path) ? Buffer.from(path, 'latin1') : path;
}

/** The bytes of ordinary text (an option's value, a configured directory), encoded as UTF-8. */
export function fromText(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text that the bytes spell in UTF-8; undefined where they are not valid UTF-8. */
export function toText(path: BytePath): string | undefined {
  if (!beyondAscii.test(path)) return path;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(path, 'latin1'));
  } catch {
    return undefined;
  }
}

const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

// Controls, and what moves a terminal's cursor or turns the direction of writing.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Makes text safe to show on a terminal, in a log or in a mail: one line, nothing that acts. */
export function escapeText(text: string): string {
  return text.replace(unsafe, (c) => named[c] ?? escapeUnit(c.charCodeAt(0)));
}

function escapeUnit(unit: number): string {
  return unit > 0x7f ? `\\u${unit.toString(16).padStart(4, '0')}` : escapeByte(unit);
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/**
 * A path for a message: text where the bytes are UTF-8, `\xNN` for each byte that is not, a backslash doubled so that
 * no two paths look alike.
 */
export function escapePath(path: BytePath): string {
  const doubled = path.replaceAll('\\', '\\\\');
  const text = toText(doubled);
  if (text !== undefined) return escapeText(text);
  return escapeText(doubled.replace(/[\u0080-\u00ff]/g, (c) => escapeByte(c.charCodeAt(0))));
}

/** The path without the slash that marks a directory; the root stays `/`. */
export function withoutSlash(path: BytePath): BytePath {
  let end = path.length;
  while (end > 1 && path.charCodeAt(end - 1) === 0x2f) end -= 1;
  return path.slice(0, end);
}

/** The path with the slash that marks a directory. */
export function withSlash(path: BytePath): BytePath {
  return path.endsWith('/') ? path : `${path}/`;
}
