import { type Command, nullOption, type OptionTable } from 'command-line';

const options = {
  ...nullOption,
  reasons: {
    type: 'flag',
    describe: 'a word and a tab before each path: orphan, conffile, replaced or parent',
  },
} as const satisfies OptionTable;

export const command: Command<typeof options> = {
  name: 'dpkg-orphans',
  summary: 'writes every path that no Debian package can bring back',
  synopsis: ['[-0] [--reasons] [DIR…]'],
  options,
  examples: [['dpkg-orphans /etc', 'what of /etc is the administrator’s, conffiles included']],
};
