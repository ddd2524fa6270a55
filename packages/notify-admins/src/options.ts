import { type Command, nullOption, type OptionTable, type Values } from 'command-line';

const options = {
  ...nullOption,
  to: { type: 'list', value: 'ADDRESS', describe: 'who gets the mail; may be repeated' },
  from: {
    type: 'text',
    value: 'ADDRESS',
    describe: 'of whom; without it, this user at the name in /etc/mailname',
  },
  subject: { type: 'text', value: 'TEXT', describe: 'without it: [backup] HOST: N unexpected files' },
  report: {
    type: 'text',
    value: 'FILE',
    describe: 'the text, in UTF-8; without it, the paths by directory, and no mail where there are none',
  },
  html: { type: 'text', value: 'FILE', describe: 'the same content as HTML' },
  'message-id': {
    type: 'text',
    value: 'ID',
    describe: 'what the mail is known by: one that was accepted is not sent again',
  },
  sendmail: {
    type: 'text',
    value: 'PROGRAM',
    describe: 'hands it to this program',
    default: '/usr/sbin/sendmail',
  },
  smtp: {
    type: 'text',
    value: 'URL',
    describe: 'or to this server: smtp://host[:port][?tls=required] or smtps://host[:port]',
  },
  'auth-file': {
    type: 'text',
    value: 'FILE',
    describe: 'with --smtp: the user on its first line, the password on its second; mode 0600',
  },
  ca: { type: 'text', value: 'FILE', describe: 'with --smtp: certificates to believe, in PEM' },
  outbox: {
    type: 'text',
    value: 'DIR',
    describe: 'where mails wait that nobody has accepted yet',
    default: '/var/lib/hcoop-backup/outbox',
  },
  timeout: { type: 'count', value: 'SECONDS', describe: 'how long to try', default: 300 },
  flush: { type: 'flag', describe: 'send what waits in the outbox, and read no paths' },
} as const satisfies OptionTable;

export type Options = Values<typeof options>;

export const command: Command<typeof options> = {
  name: 'notify-admins',
  summary: 'mails paths to the admins, and writes them on once the mail was accepted',
  synopsis: [
    '[-0] --to ADDRESS… [--report FILE] [--html FILE] [--smtp URL] [PATH… | -]',
    '--flush [--smtp URL] [--outbox DIR]',
  ],
  options,
  examples: [['path-filter -e expected.d < paths | notify-admins --to root', 'what is unexpected, by mail']],
};
