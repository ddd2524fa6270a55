import { type Command, nullOption, type OptionTable } from 'command-line';

const options = {
  ...nullOption,
  exclude: {
    type: 'list',
    alias: 'e',
    value: 'FILE|DIR',
    describe: 'rules in gitignore syntax, rooted at /; of a directory all *.rules; may be repeated',
  },
  invert: { type: 'flag', describe: 'write the excluded paths instead' },
  explain: { type: 'flag', describe: 'write file:line:pattern<TAB>path for every path' },
} as const satisfies OptionTable;

export const command: Command<typeof options> = {
  name: 'path-filter',
  summary: 'reads paths and writes those that the rule files keep',
  synopsis: ['[-0] [--exclude FILE|DIR]… [--invert | --explain] [PATH… | -]'],
  options,
  examples: [['find /etc | path-filter --exclude exclude.d', 'what the rules keep of /etc']],
};
