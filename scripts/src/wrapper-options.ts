import type { Command, OptionTable } from 'command-line';

const options = {
  config: {
    type: 'text',
    value: 'FILE',
    describe: 'the configuration [default: /etc/hcoop-backup/config.toml]',
  },
} as const satisfies OptionTable;

export const command: Command<typeof options> = {
  name: 'hcoop-backup-wrapper',
  summary: 'starts a backup, or joins the one that runs, and waits for its end',
  synopsis: ['[--config FILE]'],
  options,
  examples: [['sudo -n /usr/sbin/hcoop-backup-wrapper', 'what rsync-gate runs, and all that sudo lets it']],
};
