import { shellWord } from '../../explain/shell-word.ts';
import { pathOfRule } from '../rule-text.ts';
import type { AnnoyingFile, AnnoyingGroup, RunReport } from '../run-report.ts';
import { ageText, counted, sizeText } from './amounts.ts';
import { clipped, escapeHtml, inert } from './inert.ts';
import type { Block, Section } from './section.ts';

/** So many files of a directory are named. */
const mostFiles = 8;
/** So much of a mail these may be, as HTML and in bytes. */
const budget = 80_000;
/** No line of a mail is longer than 998 bytes (RFC 5322, 2.1.1), and what is to be copied is not broken. */
const longestCommand = 900;

/** The files that nobody expects: the new ones by directory, with what to do about each; the rest as a count. */
export function annoyingSection({ annoying, finished }: RunReport): Section | undefined {
  const { count, newCount, bytes, groups, others } = annoying;
  if (count === 0) return undefined;
  const blocks: Block[] = [];
  const withNews = groups.filter((group) => group.newCount > 0);
  let [left, shown] = [budget, 0];
  for (const group of withNews) {
    const described = describeGroup(group, finished);
    left -= Buffer.byteLength(escapeHtml(JSON.stringify(described)));
    if (left < 0) break;
    blocks.push(...described);
    shown += 1;
  }
  const hidden = withNews.length - shown;
  if (hidden > 0)
    blocks.push({ paragraph: `And in ${counted(hidden, 'more directory', 'more directories')}.` });
  const known = count - newCount;
  if (known > 0) blocks.push({ paragraph: `${counted(known, 'file')} that a mail has named before.` });
  if (others.groups > 0)
    blocks.push({ paragraph: `${counted(others.count, 'file')} in ${others.groups} further directories.` });
  blocks.push({ heading: 'What to do' });
  blocks.push({
    paragraph:
      'A line goes into expected.d (stored, and not told any more) or exclude.d (not stored): the commands put it there. lists/annoying in the state directory names every file.',
  });
  const title = `Unexpected: ${counted(count, 'file')}, ${newCount} new, ${sizeText(bytes)}`;
  return { title, blocks };
}

function describeGroup(group: AnnoyingGroup, now: string): Block[] {
  const { directory, count, newCount, bytes, owners, newest, oldest, files } = group;
  const [young, old] = [ageText(newest, now), ageText(oldest, now)];
  const facts = [
    newCount === count ? `${count} new` : `${newCount} new of ${count}`,
    sizeText(bytes),
    owners.map((owner) => clipped(owner, 40)).join(', '),
    young === old ? `${young} old` : `${young} to ${old} old`,
  ];
  const named = files.slice(0, mostFiles).map((file) => describeFile(file, now));
  const more = newCount - named.length;
  return [
    { heading: `${clipped(directory)}  ${facts.filter((fact) => fact !== '').join(', ')}` },
    { list: more > 0 ? [...named, `… and ${more} more`] : named },
    ...settling(group),
  ];
}

function describeFile({ name, size, owner, mtime }: AnnoyingFile, now: string): string {
  return `${clipped(name)}  ${sizeText(size)}, ${clipped(owner, 40)}, ${ageText(mtime, now)} old`;
}

/** The lines and the commands that settle a group. */
export function settling(group: AnnoyingGroup): Block[] {
  const { mixed, directory } = group;
  const { rules, words } = linesOf(group);
  const offer = (verb: string): string[] => commandsOf(verb, words);
  const fits = offer('exclude').every((line) => Buffer.byteLength(line) <= longestCommand);
  if (words.length === 0)
    return [
      { paragraph: 'No rule can be for a name with a newline: expect or exclude the directory above.' },
    ];
  if (!fits || directory === '/')
    return [{ paragraph: 'No line for these fits into a mail: hcoop-backup expect takes their paths.' }];
  const isWide = mixed === true && group.lines === undefined;
  const commands: Block[] = [
    { commands: isWide ? offer('expect') : [...offer('expect'), ...offer('exclude')] },
  ];
  if (isWide)
    commands.push({ paragraph: 'That directory has other files too, which would be expected as well.' });
  const shown = rules.filter(
    (rule) => rule !== '' && rule === inert(rule) && Buffer.byteLength(rule) <= longestCommand,
  );
  if (shown.length === rules.length)
    commands.push({ paragraph: rules.length === 1 ? 'or the line' : 'or the lines' }, { commands: shown });
  return commands;
}

/** What goes into a rule file, and the same as words of a command line. */
function linesOf({ rule, word, lines }: AnnoyingGroup): { rules: string[]; words: string[] } {
  if (lines !== undefined)
    return { rules: lines.map((line) => line.rule), words: lines.map((line) => line.word) };
  const known = word ?? (rule === '' ? undefined : shellWord(pathOfRule(rule)));
  return { rules: [rule], words: known === undefined ? [] : [known] };
}

/** `hcoop-backup VERB WORD…`, in as many lines as it takes. */
function commandsOf(verb: string, words: readonly string[]): string[] {
  const start = `hcoop-backup ${verb}`;
  const lines: string[] = [];
  let line = start;
  for (const word of words.map(inert)) {
    if (line !== start && Buffer.byteLength(line) + word.length >= 200) {
      lines.push(line);
      line = start;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
