import { type BytePath, fromText, toText } from 'path-stream';

/**
 * The line of a rule file that matches one path and nothing else, or a directory (with a slash) and all in it: gitignore(5),
 * rooted at `/`. Bytes, as the file has them. Undefined for what no line can hold: a newline, or nothing but the root.
 */
export function ruleFor(path: BytePath): BytePath | undefined {
  if (/[\n\0]/.test(path) || !/^\/+[^/]/.test(path)) return undefined;
  // A blank and a carriage return at the end would not count: a backslash holds the one, a class of one byte the other.
  const escaped = path.replace(/[\\*?[ ]/g, '\\$&');
  return escaped.replace(/\r$/, '[\r]');
}

/** The same as text for a mail or a page: empty where it is none, or would not be the same when it is copied from there. */
export function ruleText(path: BytePath): string {
  const rule = ruleFor(path);
  const text = rule === undefined ? undefined : toText(rule);
  return text !== undefined && /^[^\p{C}\p{Z}\p{DI}]+(?: [^\p{C}\p{Z}\p{DI}]+)*$/u.test(text) ? text : '';
}

/** The path that a line of `ruleFor` is for. */
export function pathOfRule(rule: string): BytePath {
  return fromText(rule.replace(/\[\r\]$/, '\r').replace(/\\(.)/g, '$1'));
}
