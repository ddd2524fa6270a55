import { lstatSync, realpathSync, type Stats } from 'node:fs';
import type { Writable } from 'node:stream';
import { ChildFailure, captureOutput, errorCode, type Report } from 'command-line';
import { type BytePath, fromText, toFs, withSlash } from 'path-stream';
import { filterStage, ruleFiles } from '../selection/rules.ts';
import { orphansStage } from '../selection/select.ts';
import type { Settings } from '../settings/schema.ts';

/** What the next run would do with a path, and why. */
export interface Judgement {
  /** As the lists have it: links on its way resolved, a directory with a slash. */
  readonly path: BytePath;
  readonly isThere: boolean;
  /** Whether a configured root holds it. */
  readonly isBelowRoot: boolean;
  /** What dpkg-orphans calls it. */
  readonly word: string;
  /** The package that has it, where dpkg knows. */
  readonly owner: string | undefined;
  /** `file:line:pattern` of the rule that decides, be it one that keeps; undefined where none does. */
  readonly excludedBy: string | undefined;
  readonly keptBy: string | undefined;
  readonly expectedBy: string | undefined;
}

/** Judges a path as the next run would. */
export async function judge(given: BytePath, settings: Settings, report: Report): Promise<Judgement> {
  const { path, isThere, isSocket } = locate(given);
  const { exclude, expected } = await ruleFiles(settings);
  const [rule] = await decidingRules(exclude, [path], report);
  const [expecting] = await decidingRules(expected, [path], report);
  return {
    path,
    isThere,
    isBelowRoot: settings.files.roots.some((root) => path.startsWith(withSlash(realRoot(root)))),
    word: isSocket ? 'socket' : isThere ? await wordFor(path, settings, report) : 'gone',
    owner: await ownerOf(path),
    excludedBy: rule?.negated === false ? rule.where : undefined,
    keptBy: rule?.negated === true ? rule.where : undefined,
    expectedBy: expecting?.negated === false ? expecting.where : undefined,
  };
}

/** The directory that a path lies in by its real name; the last name as it is, but for `.` and `..`, which are directories themselves. */
export function locate(given: BytePath): { path: BytePath; isThere: boolean; isSocket: boolean } {
  const absolute = given.startsWith('/') ? given : `${fromText(process.cwd())}/${given}`;
  const plain = absolute.replace(/\/+$/, '') || '/';
  const slash = plain.lastIndexOf('/');
  const isDirectory = /\/\.{0,2}$/.test(plain);
  const directory = realPath(isDirectory ? plain : plain.slice(0, slash + 1));
  const path = isDirectory ? directory : withSlash(directory) + plain.slice(slash + 1);
  const stats = existing(path);
  return {
    path: stats?.isDirectory() ? withSlash(path) : path,
    isThere: stats !== undefined,
    isSocket: stats?.isSocket() === true,
  };
}

function existing(path: BytePath): Stats | undefined {
  try {
    return lstatSync(toFs(path), { throwIfNoEntry: false });
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function realPath(path: BytePath): BytePath {
  try {
    return realpathSync(toFs(path), 'latin1');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return path.replace(/(.)\/+$/, '$1');
    throw error;
  }
}

function realRoot(root: string): BytePath {
  return realPath(fromText(root));
}

async function wordFor(path: BytePath, settings: Settings, report: Report): Promise<string> {
  const output = await captureOutput(orphansStage(settings, report, ['--classes', '-']), feed([path]));
  return output.toString('latin1').split('\t')[0] ?? '';
}

/** A rule: `file:line:pattern`, and whether it keeps. */
export interface Deciding {
  readonly where: string;
  readonly negated: boolean;
}

/** The rule that decides on each of some paths; undefined where none does. */
export async function decidingRules(
  rules: readonly string[],
  paths: readonly BytePath[],
  report: Report,
): Promise<(Deciding | undefined)[]> {
  const output = await captureOutput(filterStage(rules, report, ['--explain']), feed(paths));
  const records = output.toString('latin1').split('\0');
  return paths.map((path, i) => {
    // The pattern may be the path to the letter.
    const record = records[i]?.slice(0, -`\t${path}`.length) ?? '';
    const [where, pattern] = /^.+?:\d+:(.*)$/s.exec(record) ?? [];
    return where === undefined ? undefined : { where, negated: pattern?.startsWith('!') === true };
  });
}

function feed(paths: readonly BytePath[]): (stdin: Writable) => Promise<void> {
  return async (stdin) => void stdin.write(Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1'));
}

/** dpkg's own answer: for people, and nothing hangs on it. */
async function ownerOf(path: BytePath): Promise<string | undefined> {
  const name = path.replace(/(.)\/$/, '$1');
  if (/[^!-~]|[*?[\]\\]/.test(name)) return undefined; // dpkg-query takes patterns
  const names = [name, name.replace(/^\/usr(?=\/(?:s?bin|lib))/, '')]; // its lists may have the name of before the merge
  try {
    const stage = { command: 'dpkg-query', args: ['-S', '--', ...new Set(names)], accept: () => true };
    const output = await captureOutput(stage);
    return /^([a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)?)(?:, [^:\n]+)*: /m.exec(output.toString('latin1'))?.[1];
  } catch (error) {
    if (error instanceof ChildFailure) return undefined;
    throw error;
  }
}
