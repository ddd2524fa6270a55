import { type Report, usageError } from 'command-line';
import { type BytePath, escapePath, withSlash } from 'path-stream';
import { callerName } from '../caller.ts';
import { type Deciding, decidingRules, locate } from '../explain/judgement.ts';
import { counted } from '../report/mail/amounts.ts';
import { ruleFor } from '../report/rule-text.ts';
import { ruleFiles } from '../selection/rules.ts';
import type { Settings } from '../settings/schema.ts';
import { type Matches, matchesOf } from './matches.ts';
import { appendRules, type Kind, localRules } from './rule-file.ts';

const words = { expect: 'expected', exclude: 'excluded' } as const;

/** A path, and the line that is to be for it. */
interface NewRule {
  readonly path: BytePath;
  readonly rule: BytePath;
}

/**
 * Appends a rule for each path to the local rule file, with who and when, and says what they do. What cannot be a rule, or is one already, is
 * named, and is a loss.
 */
export async function addRules(
  kind: Kind,
  given: readonly BytePath[],
  settings: Settings,
  report: Report,
): Promise<void> {
  if (given.length === 0) throw usageError(kind, 'no path given', `hcoop-backup ${kind} /opt/app/`);
  const file = localRules(settings, kind);
  const possible = unique(given.flatMap((path) => ruleOf(path, report) ?? []));
  const decided = await decide(kind, possible, settings, report);
  const rules = possible.filter(({ path }, i) => {
    const by = decided[i];
    if (by?.negated !== false) return true;
    report.loss(escapePath(path), `is ${words[kind]} already, by ${escapePath(by.where)}`);
    return false;
  });
  if (rules.length === 0) return;
  const lines = rules.map(({ rule }) => rule);
  const matches = await matchesOf(lines, settings, report);
  const comment = `${callerName()}, ${new Date().toISOString().slice(0, 16)}Z: hcoop-backup ${kind}`;
  await appendRules(file, comment, lines);
  report.note(file, `${counted(lines.length, 'new rule')}: ${effectText(kind, matches)}`);
  await tellIneffective(kind, rules, settings, report);
}

/** The rule for what a person means by a path. What none can be for is named. */
function ruleOf(given: BytePath, report: Report): NewRule | undefined {
  if (given === '') {
    report.loss("''", 'is no path', 'name a file or a directory');
    return undefined;
  }
  const { path: found, isThere } = locate(given);
  const path = !isThere && given.endsWith('/') ? withSlash(found) : found;
  const rule = ruleFor(path);
  if (path === '/') report.loss('/', 'a rule for everything is refused', 'name a directory');
  else if (isThere && given.endsWith('/') && !found.endsWith('/'))
    report.loss(escapePath(given), 'is no directory: this rule could never match', 'leave the slash away');
  else if (rule === undefined)
    report.loss(
      escapePath(path),
      'a newline in the name cannot be in a rule',
      'name the directory that it is in',
    );
  else return { path, rule };
  return undefined;
}

function unique(rules: readonly NewRule[]): NewRule[] {
  return [...new Map(rules.map((each) => [each.rule, each])).values()];
}

/** What the rules that hold say of the paths. */
async function decide(
  kind: Kind,
  rules: readonly NewRule[],
  settings: Settings,
  report: Report,
): Promise<(Deciding | undefined)[]> {
  const { exclude, expected } = await ruleFiles(settings);
  const files = kind === 'expect' ? expected : exclude;
  return decidingRules(
    files,
    rules.map(({ path }) => path),
    report,
  );
}

/** Another rule, in a file that is read later, may say otherwise. */
async function tellIneffective(
  kind: Kind,
  rules: readonly NewRule[],
  settings: Settings,
  report: Report,
): Promise<void> {
  for (const [i, by] of (await decide(kind, rules, settings, report)).entries()) {
    if (by?.negated === false) continue;
    const why = by === undefined ? 'no rule file that is read has it' : `${escapePath(by.where)} decides`;
    report.loss(escapePath(rules[i]?.path ?? ''), `not ${words[kind]}: ${why}`, 'see [files] in config.toml');
  }
}

function effectText(kind: Kind, matches: Matches | undefined): string {
  if (matches === undefined) return 'what it does is not known before the first run';
  const { stored, annoying } = matches;
  if (stored === 0) return 'for no path of the last run';
  return kind === 'expect'
    ? `for ${counted(annoying, 'unexpected file')} of the last run`
    : `${counted(stored, 'path')} of the last run not stored any more, ${annoying} of them unexpected`;
}
