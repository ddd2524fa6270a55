import { resolve } from 'node:path';
import { type Command, nullOption, type OptionTable, usageError, type Values } from 'command-line';
import type { Settings } from './settings/schema.ts';

const options = {
  ...nullOption,
  config: {
    type: 'text',
    value: 'FILE',
    describe: 'the configuration [default: /etc/hcoop-backup/config.toml]',
  },
  'check-config': { type: 'flag', describe: 'check the configuration and stop' },
  'config-schema': { type: 'flag', describe: 'write the JSON Schema of the configuration and stop' },
  staging: { type: 'text', value: 'DIR', describe: 'where the dates are published' },
  state: { type: 'text', value: 'DIR', describe: 'what this host keeps for itself' },
  'recipients-file': {
    type: 'list',
    alias: 'R',
    value: 'FILE',
    describe: 'encrypt to the recipients in FILE',
  },
  root: { type: 'list', value: 'DIR', describe: 'back up this tree only; may be repeated' },
  keep: { type: 'count', value: 'N', describe: 'how many dates stay' },
  date: { type: 'text', value: 'YYYY-MM-DD', describe: 'publish as this date [default: today]' },
  full: { type: 'flag', describe: 'pack everything anew: reuse no archive of the last date' },
  'lock-fd': { type: 'count', value: 'N', describe: 'the lock, held already, is open as descriptor N' },
  overdue: { type: 'flag', describe: 'with report: mail what nobody has been told yet' },
  'dry-run': {
    type: 'flag',
    alias: 'n',
    describe: 'write the paths that would be stored, and how much it is',
  },
  html: { type: 'text', value: 'FILE', describe: 'of report: where to write the page' },
} as const satisfies OptionTable;

export const command: Command<typeof options> = {
  name: 'hcoop-backup',
  summary: 'publishes an encrypted backup of this host',
  synopsis: [
    '[OPTION]…',
    'explain|expect|exclude PATH…',
    'hold REASON',
    'release | record-drill | status',
    'report [--overdue | --html FILE]',
  ],
  options,
  examples: [
    ['hcoop-backup -R recipients.txt --staging /srv/backup/staging', 'back up this host'],
    ['hcoop-backup --dry-run | less', 'see what would be stored'],
    ['hcoop-backup explain /etc/fstab', 'is it in the backup, why, where, and how to get it back'],
    ['hcoop-backup expect /opt/app/', 'store it, and tell no more of it; exclude: do not store it'],
    ['hcoop-backup report --html backup.html', 'a page to look at: dates, sizes, times, unexpected files'],
    ['hcoop-backup hold "new disks on Monday"', 'let no backup run until hcoop-backup release'],
  ],
};

/** The configuration with what the command line says instead. */
export function override(settings: Settings, given: Values<typeof options>): Settings {
  const recipients = given['recipients-file'];
  if (given.keep === 0) throw usageError('--keep', 'at least one date stays', 'give 1 or more');
  if (recipients.length > 0 && settings.seal.cipher !== 'age')
    throw usageError('-R', `the configured cipher is ${settings.seal.cipher}`, 'set seal.cipher to age');
  return {
    ...settings,
    staging: resolve(given.staging ?? settings.staging),
    state: resolve(given.state ?? settings.state),
    keep: given.keep ?? settings.keep,
    archives: given.full ? { ...settings.archives, reuse: false } : settings.archives,
    seal: recipients.length > 0 ? { ...settings.seal, recipient_files: [...recipients] } : settings.seal,
    files: given.root.length > 0 ? { ...settings.files, roots: [...given.root] } : settings.files,
  };
}
