import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { reason, usageError } from 'command-line';
import { escapeText, fromText } from 'path-stream';
import { parseRules, type Rule } from './rules.ts';

/**
 * Reads rule files in the order given; of a directory, its `*.rules` in byte order. A file that is not there
 * or a line that can never match is an error: a filter with a rule missing is a wrong backup.
 */
export function loadRules(sources: readonly string[]): Rule[] {
  const rules: Rule[] = [];
  for (const file of sources.flatMap(ruleFiles)) {
    const parsed = parseRules(file, read(file));
    const [first] = parsed.bad;
    if (first !== undefined)
      throw usageError(
        `${file}:${first.line}`,
        `this rule can never match: ${escapeText(first.text)}`,
        'close the bracket, write one slash for two, or put a backslash before a literal [ or \\',
      );
    rules.push(...parsed.rules);
  }
  return rules;
}

function ruleFiles(source: string): string[] {
  if (!isDirectory(source)) return [source];
  return readdirSync(source)
    .filter((name) => name.endsWith('.rules') && !name.startsWith('.'))
    .sort((a, b) => (fromText(a) < fromText(b) ? -1 : 1))
    .map((name) => join(source, name));
}

function isDirectory(source: string): boolean {
  try {
    return statSync(source).isDirectory();
  } catch (error) {
    throw usageError(source, reason(error), '--exclude takes a rule file, or a directory of *.rules files');
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    throw usageError(file, reason(error));
  }
}
