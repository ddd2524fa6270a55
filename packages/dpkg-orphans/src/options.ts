import { type Call, type Command, nullOption, type OptionTable, usageError } from 'command-line';

const options = {
  ...nullOption,
  root: {
    type: 'text',
    value: 'DIR',
    default: '/',
    describe: 'work on the tree below DIR as if it were /; paths are as they are inside it',
  },
  verify: {
    type: 'text',
    value: 'HOW',
    choices: ['full', 'ctime', 'none'],
    default: 'full',
    describe: 'read package files; or only those with no proof that they are as unpacked; or none',
  },
  reasons: {
    type: 'flag',
    describe:
      'a word and a tab before each path: orphan, conffile, modified, replaced, retargeted, unverifiable, no-source, parent',
  },
  classes: {
    type: 'flag',
    describe:
      'the same for every path, also those a package brings back: intact, bytecode; and elsewhere, unreadable',
  },
  missing: { type: 'flag', describe: 'write what packages own and is gone instead' },
  'one-file-system': { type: 'flag', alias: 'x', describe: 'enter no mount point' },
  ledger: {
    type: 'text',
    value: 'FILE',
    describe: 'write how many entries there were of each class, as JSON',
  },
  cache: {
    type: 'text',
    value: 'FILE|none',
    describe: 'what is known to be intact [default: /var/cache/dpkg-orphans/verified]',
  },
} as const satisfies OptionTable;

export const command: Command<typeof options> = {
  name: 'dpkg-orphans',
  summary: 'writes every path that no Debian package can bring back',
  synopsis: [
    '[-0x] [--root DIR] [--verify full|ctime|none] [--reasons | --classes] [PATH… | -]',
    '[-0] [--root DIR] --missing [PATH…]',
  ],
  options,
  examples: [
    ['dpkg-orphans /etc', 'what of /etc is the administrator’s, conffiles included'],
    ['find /etc -newer /etc/fstab | dpkg-orphans -', 'which of these no package can bring back'],
  ],
};

/** Refuses what cannot be combined. */
export function checkOptions({ options, operands }: Call<typeof command.options>): void {
  const { missing, reasons, classes, ledger } = options;
  if (!missing) return;
  const why = 'cannot be combined with --reasons, --classes or --ledger';
  if (reasons || classes || ledger !== undefined)
    throw usageError('--missing', why, 'what is gone has no class');
  if (operands.includes('-')) throw usageError('--missing', 'takes no candidates', 'give directories');
}
