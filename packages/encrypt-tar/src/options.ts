import { type Command, nullOption, type OptionTable, usageError, type Values } from 'command-line';
import { moveOptions, openingOptions, sealingOptions } from 'sealed-file';
import type { Limits } from './retain.ts';

const options = {
  ...nullOption,
  output: { type: 'text', alias: 'o', value: 'FILE', describe: 'the archive; - for stdout' },
  directory: {
    type: 'text',
    alias: 'd',
    value: 'DIR',
    describe: 'the directory of archives and their index',
  },
  reuse: {
    type: 'text',
    value: 'DIR',
    describe: 'what has not changed stays in the archives of DIR, which are linked into -d DIR',
  },
  state: {
    type: 'text',
    value: 'FILE',
    describe: 'what this host knows of the last -d DIR; read with --reuse, and replaced',
  },
  ...moveOptions,
  'archive-size': { type: 'text', value: 'SIZE', describe: 'what goes into one archive', default: '256M' },
  'min-live': {
    type: 'text',
    value: 'SHARE',
    describe: 'an archive of which less is alive is made anew',
    default: '0.5',
  },
  settle: {
    type: 'count',
    value: 'SECONDS',
    describe: 'what changed so short a time before it was read is packed again by the next run',
    default: 60,
  },
  ...sealingOptions,
  list: { type: 'flag', describe: 'write the paths in the archives' },
  extract: { type: 'flag', describe: 'restore the archives below --to' },
  check: { type: 'flag', describe: 'open every archive of -d DIR to its end; compare with the index' },
  compare: {
    type: 'text',
    value: 'TREE',
    describe: 'compare what is below TREE with the index of -d DIR; write the paths that differ',
  },
  ...openingOptions,
  to: { type: 'text', value: 'DIR', describe: 'where to restore' },
  select: {
    type: 'text',
    value: 'FILE',
    describe: 'restore only the paths in FILE, - for stdin, and what is below them',
  },
  owners: {
    type: 'text',
    value: 'HOW',
    describe: 'number or name: whose what is restored is to be',
    default: 'number',
    choices: ['number', 'name'],
  },
  overwrite: { type: 'flag', describe: 'replace files that exist below --to' },
} as const satisfies OptionTable;

export type Options = Values<typeof options>;

export const command: Command<typeof options> = {
  name: 'encrypt-tar',
  summary: 'reads paths and packs them into encrypted archives; lists and restores them',
  synopsis: [
    '[-0] -R FILE {-o FILE | -o -} [PATH… | -]',
    '[-0] -R FILE -d DIR [--state FILE [--reuse DIR]] [PATH… | -]',
    "[-0] -R FILE --move-over 'COMMAND… {}' {-o NAME | -d DIR} [PATH… | -]",
    '[-0] --list -i FILE {-d DIR | ARCHIVE…}',
    '--extract -i FILE --to DIR {-d DIR | ARCHIVE…}',
    '--check -i FILE -d DIR',
    '[-0] --compare TREE -i FILE -d DIR',
  ],
  options,
  examples: [['find /etc -print0 | encrypt-tar -0 -R keys.txt -o etc.tar.zst.age', 'pack /etc']],
};

/** What the options ask for; more than one mode is a usage error. */
export function modeOf(options: Options): 'create' | 'list' | 'extract' | 'check' | 'compare' {
  const modes = (['list', 'extract', 'check', 'compare'] as const).filter((mode) => options[mode]);
  if (modes.length > 1) throw usageError(`--${modes[1]}`, `cannot be combined with --${modes[0]}`);
  return modes[0] ?? 'create';
}

/** The directory of archives that a mode needs. */
export function directoryOf({ directory }: Options, mode: string): string {
  if (directory === undefined) throw usageError(mode, 'no directory given', 'give -d DIR');
  return directory;
}

/** How archives are divided, and when they are made anew. */
export function limitsOf(options: Options): Limits {
  return { archiveSize: sizeOf(options['archive-size']), minLive: shareOf(options['min-live']) };
}

function sizeOf(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,12})([KMG]?)$/.exec(text) ?? [];
  const size = Number(digits) * 1024 ** ['', 'K', 'M', 'G'].indexOf(unit);
  if (!(size > 0))
    throw usageError('--archive-size', `not a size: ${text}`, 'a number of bytes, or 256M, 1G');
  return size;
}

function shareOf(text: string): number {
  const share = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(share >= 0 && share <= 1)) throw usageError('--min-live', `not a share: ${text}`, 'from 0 to 1');
  return share;
}
