import { type Command, nullOption, type OptionTable, usageError, type Values } from 'command-line';
import { moveOptions, openingOptions, sealingOptions } from 'sealed-file';

const options = {
  ...nullOption,
  directory: { type: 'text', alias: 'd', value: 'DIR', describe: 'the directory of dumps' },
  exclude: {
    type: 'list',
    value: 'GLOB',
    describe: 'not the databases whose names match; engine:GLOB: only those of an engine',
  },
  list: { type: 'flag', describe: 'write the names of what would be dumped' },
  discover: { type: 'flag', describe: 'write the servers that run here and that no item covers' },
  reuse: {
    type: 'text',
    value: 'DIR',
    describe: 'link the dumps of DIR that are what was dumped now; keep them where nothing could be',
  },
  state: {
    type: 'text',
    value: 'FILE',
    describe: 'what this host knows of the last -d DIR; read with --reuse, and replaced',
  },
  stale: {
    type: 'count',
    value: 'HOURS',
    describe: 'files of a directory that are older are named; 0: none is',
    default: 36,
  },
  timeout: {
    type: 'count',
    value: 'SECONDS',
    describe: 'how long a server may be silent',
    default: 600,
  },
  ...moveOptions,
  ...sealingOptions,
  extract: { type: 'flag', describe: 'write the dump NAME of -d DIR' },
  restore: { type: 'flag', describe: 'load the dump NAME of -d DIR into the server it is from, or --into' },
  rehearse: {
    type: 'flag',
    describe: 'load every dump of -d DIR into servers started for that, and count what is in them',
  },
  check: { type: 'flag', describe: 'open every dump of -d DIR to its end' },
  ...openingOptions,
  as: { type: 'text', value: 'NAME', describe: 'with --restore: under this name' },
  into: { type: 'text', value: 'URL', describe: 'with --restore: another server' },
  scratch: {
    type: 'text',
    value: 'DIR',
    describe: 'with --rehearse: below it the servers have their data; else in TMPDIR',
  },
  overwrite: {
    type: 'flag',
    describe: 'with --restore: a database that is there is replaced, once all is loaded',
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
  name: 'db-collect',
  summary: 'dumps databases into encrypted files, and takes over directories of dumps; loads them again',
  synopsis: [
    '[-0] -R FILE -d DIR [--state FILE [--reuse DIR]] {URL | DIRECTORY}… | -',
    "[-0] -R FILE -d DIR --move-over 'COMMAND… {}' {URL | DIRECTORY}… | -",
    '[-0] --list {URL | DIRECTORY}… | -',
    '[-0] --discover [URL | DIRECTORY]…',
    '--extract -i FILE -d DIR [-o FILE] NAME',
    '--restore -i FILE -d DIR [--as NAME] [--into URL] [--overwrite] NAME',
    '--check -i FILE -d DIR',
    '--rehearse -i FILE -d DIR [--scratch DIR]',
  ],
  options,
  examples: [
    ['db-collect -R keys.txt -d dumps postgresql:/// mariadb:/// /var/backups/databases', 'all of a host'],
    [
      'db-collect --restore -i key.txt -d dumps --as app_yesterday app',
      'load one beside the one that is there',
    ],
  ],
};

const modes = ['list', 'discover', 'extract', 'restore', 'rehearse', 'check'] as const;

/** What the options ask for; more than one mode is a usage error. */
export function modeOf(options: Options): 'dump' | (typeof modes)[number] {
  const given = modes.filter((mode) => options[mode]);
  if (given.length > 1) throw usageError(`--${given[1]}`, `cannot be combined with --${given[0]}`);
  for (const name of ['as', 'into'] as const)
    if (options[name] !== undefined && given[0] !== 'restore')
      throw usageError(`--${name}`, 'goes with --restore');
  if (options.scratch !== undefined && given[0] !== 'rehearse')
    throw usageError('--scratch', 'goes with --rehearse');
  if (options.overwrite && given[0] !== 'restore') throw usageError('--overwrite', 'goes with --restore');
  return given[0] ?? 'dump';
}

/** The directory of dumps, which most modes need. */
export function directoryOf({ directory }: Options): string {
  if (directory === undefined) throw usageError('-d', 'no directory given', 'give -d DIR');
  return directory;
}
