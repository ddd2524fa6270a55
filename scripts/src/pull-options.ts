import type { Command, OptionTable } from 'command-line';

const options = {
  signer: {
    type: 'text',
    value: 'FILE',
    describe: "the host's public signing key [default: DEST/HOST/signer.pub]",
  },
  'accept-new': {
    type: 'flag',
    describe: 'take the key that a new host shows for its own, and keep it as signer.pub',
  },
  'no-backup': { type: 'flag', describe: 'pull what is published, without starting a backup' },
  'no-receipt': { type: 'flag', describe: 'do not tell the host what is held here' },
  keep: { type: 'count', value: 'N', describe: 'how many verified dates stay', default: 2 },
  parallel: { type: 'count', value: 'N', describe: 'how many hosts at once', default: 4 },
  'ssh-config': { type: 'text', value: 'FILE', describe: 'for ssh -F' },
  rsync: { type: 'text', value: 'FILE', describe: 'the rsync to pull with', default: 'rsync' },
  timeout: {
    type: 'count',
    value: 'SECONDS',
    describe: 'give up a pull in which nothing moves',
    default: 600,
  },
} as const satisfies OptionTable;

export const command: Command<typeof options> = {
  name: 'hcoop-pull',
  summary: 'has hosts back themselves up, and keeps verified copies: the side that is not trusted',
  synopsis: ['[OPTION]… HOST… DEST'],
  options,
  examples: [
    [
      'hcoop-pull --accept-new rsync@shelob.example.org /srv/backups',
      'the first time: compare the key that it shows',
    ],
    [
      'hcoop-pull rsync@shelob rsync@mire /srv/backups',
      'from cron; DEST/HOST/YYYY-MM-DD are written to stdout',
    ],
  ],
};
