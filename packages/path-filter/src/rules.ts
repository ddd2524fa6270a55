import type { BytePath } from 'path-stream';
import { type Pattern, parsePatterns } from './pattern.ts';

/** One line of a rule file, understood. */
export interface Rule {
  readonly file: string;
  readonly line: number;
  /** The line as it was written, without what git ignores at its end. */
  readonly text: BytePath;
  /** `!`: keeps what an earlier rule excluded. */
  readonly negated: boolean;
  /** A slash at the end: matches directories only. */
  readonly directoryOnly: boolean;
  /** Any of them matches. */
  readonly patterns: readonly Pattern[];
}

/** A line that can never match: a mistake of whoever wrote it. */
export interface BadRule {
  readonly file: string;
  readonly line: number;
  readonly text: BytePath;
}

/** Parses one rule file: gitignore(5) syntax, rooted at `/`. Every line is a rule, a comment, empty, or bad. */
export function parseRules(file: string, content: BytePath): { rules: Rule[]; bad: BadRule[] } {
  const rules: Rule[] = [];
  const bad: BadRule[] = [];
  const lines = content.replace(/^\xef\xbb\xbf/, '').split('\n');
  for (const [index, raw] of lines.entries()) {
    const text = withoutTrailingSpaces(raw.replace(/\r$/, ''));
    if (text === '' || text.startsWith('#')) continue;
    const where = { file, line: index + 1, text };
    const rule = parseRule(where);
    if (rule === undefined) bad.push(where);
    else rules.push(rule);
  }
  return { rules, bad };
}

/** Spaces at the end do not count, unless a backslash holds one. */
function withoutTrailingSpaces(text: BytePath): BytePath {
  let end = text.length;
  while (end > 0 && text.charAt(end - 1) === ' ' && !isEscaped(text, end - 1)) end -= 1;
  return text.slice(0, end);
}

function isEscaped(text: BytePath, at: number): boolean {
  let backslashes = 0;
  while (text.charAt(at - 1 - backslashes) === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

function parseRule(where: BadRule): Rule | undefined {
  const negated = where.text.startsWith('!');
  let glob = negated ? where.text.slice(1) : where.text;
  const directoryOnly = glob.endsWith('/');
  if (directoryOnly) glob = glob.slice(0, -1);
  // A slash elsewhere: the whole path from `/` is matched, else the last name anywhere.
  const anchored = glob.includes('/');
  const patterns = parsePatterns(glob.startsWith('/') ? glob.slice(1) : glob, anchored);
  return patterns.length === 0 ? undefined : { ...where, negated, directoryOnly, patterns };
}
