import { type BytePath, fromText } from 'path-stream';
import type { Rule } from './rules.ts';

/** `file:line:pattern<TAB>path`, as `git check-ignore -v -n` writes it; empty fields where no rule matched. */
export function explanation(rule: Rule | undefined, path: BytePath): BytePath {
  if (rule === undefined) return `::\t${path}`;
  return `${fromText(rule.file)}:${rule.line}:${rule.text}\t${path}`;
}
