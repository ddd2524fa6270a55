import { type Command, nullOption, type OptionTable, usageError, type Values } from 'command-line';
import { moveOptions, openingOptions, sealingOptions } from 'sealed-file';

const options = {
  ...nullOption,
  directory: { type: 'text', alias: 'd', value: 'DIR', describe: 'the directory of dumps' },
  server: { type: 'text', value: 'HOST', describe: 'the volumes of this file server' },
  partition: { type: 'text', value: 'P', describe: 'only those of this partition: a, /vicepa' },
  exclude: {
    type: 'list',
    value: 'GLOB',
    describe: 'not the volumes whose names match; *not-backed-up* where none is given',
  },
  list: { type: 'flag', describe: 'write the names of the volumes that would be dumped' },
  reuse: {
    type: 'text',
    value: 'DIR',
    describe: 'build on the dumps of DIR: link what has not changed, dump only what has',
  },
  state: {
    type: 'text',
    value: 'FILE',
    describe: 'what this host knows of the last -d DIR; read with --reuse, and replaced',
  },
  chain: {
    type: 'count',
    value: 'N',
    describe: 'so many incremental dumps at most stand on a full one',
    default: 6,
  },
  parallel: { type: 'count', value: 'N', describe: 'how many volumes at once', default: 2 },
  timeout: {
    type: 'count',
    value: 'SECONDS',
    describe: 'how long a server may be silent',
    default: 120,
  },
  retry: {
    type: 'count',
    value: 'SECONDS',
    describe: 'how long volumes that are busy are tried again',
    default: 300,
  },
  localauth: { type: 'flag', describe: "authenticate with the server's own key, as root on it" },
  cell: { type: 'text', value: 'CELL', describe: 'another cell than that of this host' },
  encrypt: { type: 'flag', describe: 'encrypt what goes over the network: slow' },
  ...moveOptions,
  ...sealingOptions,
  extract: {
    type: 'flag',
    describe: 'write the whole dump of one VOLUME, put together from those in -d DIR',
  },
  check: {
    type: 'flag',
    describe: 'open every dump of -d DIR to its end, and see that they belong together',
  },
  ...openingOptions,
  to: {
    type: 'text',
    value: 'DIR',
    describe: 'with --extract: make the files of VOLUME, or of all, or its PATHs, in DIR/VOLUME',
  },
  output: {
    type: 'text',
    alias: 'o',
    value: 'FILE',
    describe: 'where --extract writes; - for stdout',
    default: '-',
  },
} as const satisfies OptionTable;

export type Options = Values<typeof options>;

export const command: Command<typeof options> = {
  name: 'afs-vol-dump',
  summary: 'dumps AFS volumes into encrypted files, what has not changed as links; puts them together again',
  synopsis: [
    '[-0] -R FILE -d DIR --server HOST [--state FILE [--reuse DIR]] [VOLUME… | -]',
    '[-0] -R FILE -d DIR [VOLUME… | -]',
    "[-0] -R FILE -d DIR --move-over 'COMMAND… {}' {--server HOST | VOLUME… | -}",
    '[-0] --list [--server HOST] [VOLUME… | -]',
    '--extract -i FILE -d DIR [-o FILE] VOLUME',
    '--extract -i FILE -d DIR --to DIR [VOLUME [PATH…]]',
    '--check -i FILE -d DIR',
  ],
  options,
  examples: [
    [
      'afs-vol-dump --list --server afs1 | grep ^user | afs-vol-dump -R keys.txt -d dumps',
      'dump the volumes of users',
    ],
    [
      'afs-vol-dump --extract -i key.txt -d dumps user.ann | vos restore afs1 a user.ann.restored',
      'bring one back',
    ],
  ],
};

/** What the options ask for; more than one mode is a usage error. */
export function modeOf(options: Options): 'dump' | 'list' | 'extract' | 'check' {
  const modes = (['list', 'extract', 'check'] as const).filter((mode) => options[mode]);
  if (modes.length > 1) throw usageError(`--${modes[1]}`, `cannot be combined with --${modes[0]}`);
  return modes[0] ?? 'dump';
}

/** The directory of dumps, which all modes but --list need. */
export function directoryOf({ directory }: Options): string {
  if (directory === undefined) throw usageError('-d', 'no directory given', 'give -d DIR');
  return directory;
}
