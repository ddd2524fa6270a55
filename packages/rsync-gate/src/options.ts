import { type Call, type Command, nullOption, type OptionTable } from 'command-line';
import { sandboxes } from './sandbox.ts';

const options = {
  ...nullOption,
  root: { type: 'text', value: 'DIR', describe: 'where the dates are published' },
  config: {
    type: 'text',
    value: 'FILE',
    describe: 'the configuration [default: /etc/hcoop-backup/config.toml]',
  },
  log: { type: 'text', value: 'FILE', describe: 'where each event gets a line' },
  state: { type: 'text', value: 'DIR', describe: 'where receipts and the last pull are kept' },
  rsync: { type: 'text', value: 'FILE', describe: 'the rsync to serve with' },
  wrapper: { type: 'text', value: 'FILE', describe: 'what `backup` runs through sudo' },
  sandbox: {
    type: 'text',
    value: 'NAME',
    choices: sandboxes,
    describe: `what rsync runs in: ${sandboxes.join(', ')}`,
  },
  'no-sandbox': { type: 'flag', describe: 'the same as --sandbox none' },
  timeout: { type: 'count', value: 'SECONDS', describe: 'end a pull in which nothing moves' },
  longest: { type: 'count', value: 'SECONDS', describe: 'end any pull' },
  'warn-after': { type: 'count', value: 'HOURS', describe: 'warn in the status of what is older' },
  'receipt-signers': { type: 'text', value: 'FILE', describe: 'public keys that receipts must be signed by' },
  group: { type: 'text', value: 'GROUP', describe: 'who may read what `publish` publishes' },
} as const satisfies OptionTable;

export const command: Command<typeof options> = {
  name: 'rsync-gate',
  summary: 'lets the other side start a backup and pull it, and nothing else',
  synopsis: [
    '--root DIR  (forced command)',
    '-c COMMAND  (login shell)',
    'check [-0] [COMMAND… | -]',
    'publish [-0] [STAGED… | -]',
    'status',
  ],
  options,
  examples: [
    ["echo 'rsync --server --sender -r . /etc' | rsync-gate check", 'would this be allowed?'],
    [
      'command="rsync-gate --root /srv/backup/staging",restrict ssh-ed25519 AAAA…',
      'a line of authorized_keys',
    ],
  ],
};

/** What the gate's parts are called with. */
export type GateCall = Call<(typeof command)['options']>;
