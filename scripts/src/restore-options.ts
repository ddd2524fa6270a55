import { type Command, nullOption, type OptionTable } from 'command-line';
import { signerOption } from './verify-options.ts';

const options = {
  ...nullOption,
  ...signerOption,
  staging: { type: 'text', value: 'DIR', describe: 'where dates are', default: '/srv/backup/staging' },
  list: { type: 'flag', describe: 'write the paths in the date' },
  find: {
    type: 'list',
    value: 'GLOB',
    describe: 'write, or with --to restore, the paths that match, in gitignore syntax; may be repeated',
  },
  at: {
    type: 'text',
    value: 'YYYY-MM-DD',
    describe: 'the newest date of that day or before: no DATE is given',
  },
  to: { type: 'text', value: 'DIR', describe: 'restore below this directory' },
  system: {
    type: 'text',
    value: 'ROOT',
    describe: 'make a fresh Debian root the machine of that date: accounts, packages, files',
  },
  volume: {
    type: 'text',
    value: 'NAME',
    describe: 'restore this AFS volume: its files below --to, or all of it on --server',
  },
  server: {
    type: 'text',
    value: 'HOST',
    describe: 'the file server that --volume is made on, as a new volume',
  },
  partition: { type: 'text', value: 'P', describe: 'on this partition of it: a, /vicepa' },
  as: { type: 'text', value: 'NAME', describe: 'under this name; its own without it' },
  database: {
    type: 'flag',
    describe: 'load the dump NAME into the server it is from; with --to, write it there',
  },
  into: { type: 'text', value: 'URL', describe: 'load it into this server: postgresql:///?host=…' },
  localauth: { type: 'flag', describe: "with that server's own key, as root on it" },
  identity: { type: 'list', alias: 'i', value: 'FILE', describe: 'decrypt with this age identity' },
  'key-file': { type: 'text', value: 'FILE', describe: "decrypt with ccrypt's key" },
  component: {
    type: 'text',
    value: 'NAME',
    describe: 'files, system, spamd, or a locked one',
    default: 'files',
  },
  owners: {
    type: 'text',
    value: 'HOW',
    describe: 'number or name: on another host, the same names may have other numbers',
    default: 'number',
    choices: ['number', 'name'],
  },
  overwrite: {
    type: 'flag',
    describe: 'replace files that exist below --to, or a volume or database that exists',
  },
  unverified: { type: 'flag', describe: 'restore from a date that does not verify' },
} as const satisfies OptionTable;

export const command: Command<typeof options> = {
  name: 'hcoop-restore',
  summary: 'lists dates and what is in them, and restores',
  synopsis: [
    '[--staging DIR]',
    '-i FILE {--list | --find GLOB} DATE|DATE_DIR',
    '-i FILE --to DIR DATE|DATE_DIR [--find GLOB | PATH… | -]',
    '-i FILE --to DIR --at YYYY-MM-DD [--find GLOB | PATH… | -]',
    '-i FILE --system ROOT DATE|DATE_DIR',
    '-i FILE --database [--as NAME] [--into URL] {DATE|DATE_DIR | --at YYYY-MM-DD} NAME',
    '-i FILE --volume NAME --to DIR {DATE|DATE_DIR | --at YYYY-MM-DD} [PATH…]',
    '-i FILE --volume NAME --server HOST --partition P [--as NAME] {DATE|DATE_DIR | --at YYYY-MM-DD}',
  ],
  options,
  examples: [
    ['hcoop-restore', 'which dates there are'],
    ['hcoop-restore -i key.txt --to /root/restored 2026-11-23 /etc /home/ann/mail', 'bring back two trees'],
  ],
};
