import { bytesOf } from '../plausibility.ts';
import type { ComponentReport, RunReport } from '../run-report.ts';
import { ageText, durationText, sizeText } from './amounts.ts';
import { clipped } from './inert.ts';
import type { Section } from './section.ts';

/** Configured components could be many; of the dates before, these are enough to see a change. */
const [mostComponents, datesShown] = [40, 4];

/** A row for each component that was to be made; the others in a sentence. */
export function componentSection({ components }: RunReport): Section {
  const all = Object.entries(components).slice(0, mostComponents);
  const rows = all.filter(([, { status }]) => status !== 'skipped').map(([name, made]) => row(name, made));
  const skipped = all
    .filter(([, { status }]) => status === 'skipped')
    .map(([name, { reason = 'no reason given' }]) => `${clipped(name, 40)} (${clipped(reason, 60)})`);
  const more = Object.keys(components).length - mostComponents;
  const head = ['component', 'status', 'paths', 'sealed', 'new', 'took'];
  return {
    title: 'Components',
    blocks: [
      ...(rows.length === 0 ? [] : [{ table: { head, rows, numbers: [2, 3, 4, 5] } }]),
      ...(skipped.length === 0 ? [] : [{ paragraph: `Skipped: ${skipped.join(', ')}.` }]),
      ...(more > 0 ? [{ paragraph: `And ${more} more: MANIFEST.json has them.` }] : []),
    ],
  };
}

function row(name: string, { status, paths, bytes, newBytes, seconds }: ComponentReport): string[] {
  const how = status === 'ok' ? status : status.toUpperCase();
  const [sealed, isNew] = status === 'failed' ? ['', ''] : [sizeText(bytes), sizeText(newBytes)];
  return [
    clipped(name, 40),
    how,
    paths === undefined ? '' : String(paths),
    sealed,
    isNew,
    durationText(seconds),
  ];
}

/** This run beside those before it, newest first: those that made a date. */
export function datesSection(run: RunReport, history: readonly RunReport[]): Section | undefined {
  const before = history
    .filter(({ status }) => status !== 'failed')
    .slice(-datesShown)
    .reverse();
  if (run.status === 'failed' || before.length === 0) return undefined;
  const rows = [run, ...before].map((each) => [
    each.date,
    sizeText(bytesOf(each)),
    sizeText(Object.values(each.components).reduce((sum, { newBytes }) => sum + newBytes, 0)),
    String(each.annoying.count),
    durationText(each.seconds),
  ]);
  const head = ['date', 'sealed', 'new', 'unexpected', 'took'];
  return { title: 'Against the dates before', blocks: [{ table: { head, rows, numbers: [1, 2, 3, 4] } }] };
}

/** Whether the other side does its part. */
export function eventSection({ last, finished }: RunReport): Section {
  const row = (what: string, time: string | null): string[] => [
    what,
    time === null ? 'none known' : `${ageText(time, finished)} ago`,
    time === null ? '' : `${time.slice(0, 16).replace('T', ' ')} UTC`,
  ];
  const rows = [row('pull', last.pull), row('receipt', last.receipt), row('drill', last.drill)];
  return { title: 'The last', blocks: [{ table: { head: ['event', 'age', 'time'], rows, numbers: [] } }] };
}
