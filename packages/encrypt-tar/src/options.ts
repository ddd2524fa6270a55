import { type Command, nullOption, type OptionTable, usageError, type Values } from 'command-line';
import type { Opening, Sealing } from 'sealed-file';

const options = {
  ...nullOption,
  output: { type: 'text', alias: 'o', value: 'FILE', describe: 'the archive; - for stdout' },
  directory: {
    type: 'text',
    alias: 'd',
    value: 'DIR',
    describe: 'the directory of archives and their index',
  },
  'plain-index': {
    type: 'text',
    value: 'FILE',
    describe: 'with -d, another copy of the index, compressed and not encrypted, for this host alone',
  },
  recipient: { type: 'list', alias: 'r', value: 'RECIPIENT', describe: 'encrypt to this age recipient' },
  'recipients-file': {
    type: 'list',
    alias: 'R',
    value: 'FILE',
    describe: 'encrypt to the recipients in FILE',
  },
  cipher: {
    type: 'text',
    value: 'NAME',
    describe: 'age, ccrypt or none',
    default: 'age',
    choices: ['age', 'ccrypt', 'none'],
  },
  'key-file': { type: 'text', value: 'FILE', describe: "ccrypt's key, on the first line" },
  list: { type: 'flag', describe: 'write the paths in the archives' },
  extract: { type: 'flag', describe: 'restore the archives below --to' },
  check: { type: 'flag', describe: 'open every archive of -d DIR to its end; compare with the index' },
  identity: { type: 'list', alias: 'i', value: 'FILE', describe: 'decrypt with this age identity' },
  to: { type: 'text', value: 'DIR', describe: 'where to restore' },
  select: {
    type: 'text',
    value: 'FILE',
    describe: 'restore only the paths in FILE, - for stdin, and what is below them',
  },
  overwrite: { type: 'flag', describe: 'replace files that exist below --to' },
} as const satisfies OptionTable;

export type Options = Values<typeof options>;

export const command: Command<typeof options> = {
  name: 'encrypt-tar',
  summary: 'reads paths and packs them into encrypted archives; lists and restores them',
  synopsis: [
    '[-0] -R FILE {-o FILE | -o - | -d DIR} [PATH… | -]',
    '[-0] --list -i FILE {-d DIR | ARCHIVE…}',
    '--extract -i FILE --to DIR {-d DIR | ARCHIVE…}',
    '--check -i FILE -d DIR',
  ],
  options,
  examples: [['find /etc -print0 | encrypt-tar -0 -R keys.txt -o etc.tar.zst.age', 'pack /etc']],
};

/** What the options ask for; more than one mode is a usage error. */
export function modeOf(options: Options): 'create' | 'list' | 'extract' | 'check' {
  const modes = (['list', 'extract', 'check'] as const).filter((mode) => options[mode]);
  if (modes.length > 1) throw usageError(`--${modes[1]}`, `cannot be combined with --${modes[0]}`);
  return modes[0] ?? 'create';
}

export function sealingOf(options: Options): Sealing {
  if (options.cipher !== 'age' && options.recipient.length + options['recipients-file'].length > 0)
    throw usageError('recipients', `given for --cipher ${options.cipher}`, 'only age has recipients');
  if (options.cipher === 'none') return { cipher: 'none' };
  if (options.cipher === 'age')
    return { cipher: 'age', recipients: options.recipient, recipientFiles: options['recipients-file'] };
  const keyFile = options['key-file'];
  if (keyFile === undefined) throw usageError('--cipher ccrypt', 'needs a key', 'give --key-file FILE');
  return { cipher: 'ccrypt', keyFile };
}

export function openingOf(options: Options): Opening {
  return { identityFiles: options.identity, keyFile: options['key-file'] };
}
