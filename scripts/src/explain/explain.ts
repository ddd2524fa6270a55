import { type Report, usageError } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import { isReportable } from '../selection/select.ts';
import type { Settings } from '../settings/schema.ts';
import { type Dates, findInDates } from './dates.ts';
import { type Judgement, judge } from './judgement.ts';
import { shellWord } from './shell-word.ts';

/** What each word of dpkg-orphans means to whoever asks about one path. */
const meanings: Record<string, string> = {
  orphan: 'no package has it',
  conffile: 'it is configuration',
  modified: 'it is not as its package has it: content, owner or mode',
  replaced: 'its package has something of another type there',
  retargeted: 'the link leads elsewhere than its package made it',
  unverifiable: 'whether it is as its package has it cannot be told',
  'no-source': 'no apt source offers its package in this version',
  intact: 'its package brings it back',
  bytecode: "Python makes it again from a package's source",
  elsewhere:
    'it is on a mount that is not entered: no local file system, or one whose content is stored by another name',
  socket: 'its server makes it anew',
  gone: 'it is not there now',
};

/** Why paths are in the backup or not, where they are, and how to get them back: some lines each. */
export async function* explain(
  paths: readonly BytePath[],
  settings: Settings,
  report: Report,
): AsyncGenerator<string> {
  if (paths.length === 0) throw usageError('explain', 'no path given', 'hcoop-backup explain PATH…');
  for (const [index, given] of paths.entries()) {
    const judgement = await judge(given, settings, report);
    const dates = await findInDates(judgement.path, settings, report);
    yield `${index === 0 ? '' : '\n'}${describe(judgement, dates, settings)}`;
  }
}

function describe(judgement: Judgement, dates: Dates, settings: Settings): string {
  const lines = [
    `next run: ${nextRun(judgement)}`,
    ...(judgement.keptBy === undefined ? [] : [`rules: kept by ${escapePath(judgement.keptBy)}`]),
    ...reporting(judgement),
    ...inDates(dates),
    ...restoring(judgement.path, dates, settings),
  ];
  return `${escapePath(judgement.path)}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function nextRun({ word, isBelowRoot, excludedBy, owner, path }: Judgement): string {
  const why = `${meanings[word] ?? word}${owner === undefined ? '' : ` (${owner})`}`;
  if (word === 'gone' || word === 'socket') return `not stored: ${why}`;
  if (!isBelowRoot) return 'not stored: no configured root holds it';
  if (excludedBy !== undefined) return `not stored: excluded by ${escapePath(excludedBy)}`;
  if (word !== 'intact' && word !== 'bytecode' && word !== 'elsewhere') return `stored: ${word}, ${why}`;
  return path.endsWith('/')
    ? `not stored by itself: ${word}, ${why}; its owner and mode are, where something in it is`
    : `not stored: ${word}, ${why}`;
}

function reporting({ word, path, isBelowRoot, excludedBy, expectedBy }: Judgement): string[] {
  if (!isReportable(word, path) || !isBelowRoot || excludedBy !== undefined) return [];
  if (expectedBy === undefined) return ['report: annoying, for no rule expects it'];
  return [`report: expected by ${escapePath(expectedBy)}`];
}

function inDates({ stored, since, unknown, published }: Dates): string[] {
  const lines = stored.map(({ date, archive, size, mtime }) => {
    const time = new Date(mtime * 1000).toISOString();
    return `in ${date}: ${archive}, ${size} bytes, last changed ${time}`;
  });
  if (since !== undefined)
    lines.push(`since: ${since}${since === published.at(-1) ? ', the oldest date that is kept' : ''}`);
  if (stored.length === 0 && published.length > unknown.length)
    lines.push('dates: none that is kept here has it');
  if (unknown.length > 0) lines.push(`dates: what is in ${unknown.join(', ')} is not known on this host`);
  if (published.length === 0) lines.push('dates: none is published yet');
  return lines;
}

function restoring(path: BytePath, { stored, unknown }: Dates, { staging }: Settings): string[] {
  const date = stored[0]?.date ?? unknown[0];
  if (date === undefined) return [];
  const place = staging === '/srv/backup/staging' ? '' : `--staging ${shellWord(staging)} `;
  return [`restore: hcoop-restore ${place}-i IDENTITY --to DIR ${date} ${shellWord(path)}`];
}
