import { CommandError, type Report, usageError } from 'command-line';
import { type BytePath, escapePath, withSlash } from 'path-stream';
import { callerName } from '../caller.ts';
import { decidingRule, locate } from '../explain/judgement.ts';
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
 * Appends a rule for each path to the local rule file, with who and when, and says what it does. What cannot be a rule, or is one already, is
 * named, and is a loss.
 */
export async function addRules(
  kind: Kind,
  given: readonly BytePath[],
  settings: Settings,
  report: Report,
): Promise<void> {
  if (given.length === 0) throw usageError(kind, 'no path given', `hcoop-backup ${kind} /srv/app/`);
  const file = localRules(settings, kind);
  const rules: NewRule[] = [];
  for (const path of new Set(given)) {
    try {
      rules.push(await ruleOf(kind, path, settings, report));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      report.loss(error.what, error.why, error.hint);
    }
  }
  if (rules.length === 0) return;
  const effects = new Map<NewRule, Matches | undefined>();
  for (const each of rules) effects.set(each, await matchesOf(each.rule, settings, report));
  const comment = `${callerName()}, ${new Date().toISOString().slice(0, 16)}Z: hcoop-backup ${kind}`;
  await appendRules(
    file,
    comment,
    rules.map(({ rule }) => rule),
  );
  for (const each of rules) {
    report.note(escapePath(each.path), `${words[kind]} by ${file}: ${effectText(kind, effects.get(each))}`);
    await checkEffect(kind, each, settings, report);
  }
}

/** The rule for what a person means by a path. Throws for what no rule can be for, and for what one is for already. */
async function ruleOf(kind: Kind, given: BytePath, settings: Settings, report: Report): Promise<NewRule> {
  const { path: found, isThere } = locate(given);
  const shown = escapePath(found);
  const isDirectory = found.endsWith('/');
  if (isThere && !isDirectory && given.endsWith('/'))
    throw usageError(
      escapePath(given),
      'is no directory: this rule could never match',
      'leave the slash away',
    );
  const path = !isThere && given.endsWith('/') ? withSlash(found) : found;
  if (path === '/') throw usageError('/', `a rule for all there is is refused`, 'name a directory');
  const rule = ruleFor(path);
  if (rule === undefined)
    throw usageError(shown, 'a newline in the name cannot be in a rule', 'name the directory that it is in');
  const decided = await decidingRule(await rulesFor(kind, settings), path, report);
  if (decided?.negated === false)
    throw usageError(shown, `is ${words[kind]} already, by ${escapePath(decided.where)}`);
  return { path, rule };
}

async function rulesFor(kind: Kind, settings: Settings): Promise<readonly string[]> {
  const { exclude, expected } = await ruleFiles(settings);
  return kind === 'expect' ? expected : exclude;
}

/** Another rule, in a file that is read later, may say otherwise. */
async function checkEffect(kind: Kind, { path }: NewRule, settings: Settings, report: Report): Promise<void> {
  const decided = await decidingRule(await rulesFor(kind, settings), path, report);
  if (decided?.negated === false) return;
  const why =
    decided === undefined ? 'no rule file that is read has it' : `${escapePath(decided.where)} decides`;
  report.loss(escapePath(path), `not ${words[kind]}: ${why}`, 'see [files] in config.toml');
}

function effectText(kind: Kind, matches: Matches | undefined): string {
  if (matches === undefined) return 'what it does is not known before the first run';
  const { stored, annoying } = matches;
  if (stored === 0) return 'no path of the last run';
  return kind === 'expect'
    ? `${annoying} unexpected files of the last run`
    : `${stored} paths of the last run are not stored any more, ${annoying} of them unexpected files`;
}
