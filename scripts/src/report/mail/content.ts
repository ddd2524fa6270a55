import type { RunReport } from '../run-report.ts';
import { counted, durationText, sizeText } from './amounts.ts';
import { annoyingSection } from './annoying.ts';
import { componentSection, datesSection, eventSection } from './figures.ts';
import { clipped } from './inert.ts';
import type { Block, MailContent, Section } from './section.ts';

/** So many of each kind are named: the rest is counted. */
const mostNamed = 20;

const words = { ok: 'ok', incomplete: 'INCOMPLETE', failed: 'FAILED' } as const;

/** `[backup] host: ok, 12 unexpected files`. */
export function mailSubject({ host, status, annoying, doubts }: RunReport): string {
  const parts = [
    `[backup] ${clipped(host, 100)}: ${words[status]}`,
    ...(annoying.count === 0 ? [] : [counted(annoying.count, 'unexpected file')]),
    ...(doubts.length === 0 ? [] : [counted(doubts.length, 'doubt')]),
  ];
  return parts.join(', ');
}

/** What there is to say of a run, the most urgent first. History is oldest first, without the run itself. */
export function mailContent(run: RunReport, history: readonly RunReport[]): MailContent {
  const sections = [
    failureSection(run),
    lossSection(run),
    annoyingSection(run),
    componentSection(run),
    datesSection(run, history),
    droppedSection(run),
    listSection('Dumped by nobody', run.undumped, 'See [databases] and [afs] in config.toml.'),
    listSection('Not as usual', run.doubts),
    eventSection(run),
  ];
  const lookAt = run.annoying.newCount + run.doubts.length + run.undumped.length + run.dropped.paths;
  return {
    verdict: run.status !== 'ok' ? 'bad' : lookAt > 0 ? 'look' : 'ok',
    headline: headlineOf(run),
    sections: sections.filter((section) => section !== undefined && section.blocks.length > 0) as Section[],
  };
}

function headlineOf({ host, status, date, published, movedOver, sequence, seconds }: RunReport): string {
  const where = movedOver ? 'moved over' : published === null ? 'no date was made' : 'published';
  const number = sequence === null ? '' : `, number ${sequence}`;
  return `${clipped(host, 100)}: ${words[status]}: ${date} ${where}${number}, in ${durationText(seconds)}`;
}

function failureSection({ failure, published }: RunReport): Section | undefined {
  if (failure === null) return undefined;
  return {
    title: 'Why it failed',
    blocks: [
      { paragraph: `${clipped(failure.what)}: ${clipped(failure.why, 400)}` },
      ...(failure.hint === undefined ? [] : [{ paragraph: `What to do: ${clipped(failure.hint, 400)}` }]),
      ...(published === null ? [{ paragraph: 'The dates of before are as they were.' }] : []),
    ],
  };
}

/** What is lost, and what to do about it: a hint that many have is given once. */
function lossSection({ losses }: RunReport): Section | undefined {
  if (losses.count === 0) return undefined;
  const shown = losses.first.slice(0, mostNamed);
  const hints = new Set(shown.flatMap(({ hint }) => hint ?? []));
  const blocks: Block[] = [{ list: shown.map(({ what, why }) => `${clipped(what)}: ${clipped(why)}`) }];
  if (hints.size > 0)
    blocks.push({ paragraph: 'What to do:' }, { list: [...hints].map((hint) => clipped(hint, 300)) });
  const more = losses.count - shown.length;
  if (more > 0) blocks.push({ paragraph: `And ${more} more: the log of the run has them.` });
  return { title: `Lost: ${losses.count}`, blocks };
}

function droppedSection({ dropped }: RunReport): Section | undefined {
  if (dropped.paths === 0) return undefined;
  const what = `${counted(dropped.paths, 'path')}, ${sizeText(dropped.bytes)}`;
  return {
    title: 'Excluded from now on',
    blocks: [{ paragraph: `New rules take out ${what}, that the last date has: lists/dropped names them.` }],
  };
}

function listSection(title: string, texts: readonly string[], hint?: string): Section | undefined {
  if (texts.length === 0) return undefined;
  const more = texts.length - mostNamed;
  return {
    title,
    blocks: [
      { list: texts.slice(0, mostNamed).map((text) => clipped(text, 300)) },
      ...(more > 0 ? [{ paragraph: `And ${more} more.` }] : []),
      ...(hint === undefined ? [] : [{ paragraph: hint }]),
    ],
  };
}
