import { findProgram, type OptionTable, usageError, type Values } from 'command-line';
import { type MoveCommand, parseMoveCommand } from './move-command.ts';
import type { Opening, Sealing } from './sealing.ts';

/** The options of every command that seals: for whom. */
export const sealingOptions = {
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
    describe: 'what encrypts: age, ccrypt or none',
    default: 'age',
    choices: ['age', 'ccrypt', 'none'],
  },
  'key-file': { type: 'text', value: 'FILE', describe: "the file with ccrypt's key on its first line" },
} as const satisfies OptionTable;

/** The option of every command that opens what was sealed, beside --key-file. */
export const openingOptions = {
  identity: { type: 'list', alias: 'i', value: 'FILE', describe: 'decrypt with this age identity' },
} as const satisfies OptionTable;

/** The options of every command whose files can go over to another command. */
export const moveOptions = {
  'move-over': {
    type: 'text',
    value: 'COMMAND',
    describe:
      'its stdin gets each file, {} is the name; split at blanks, no shell, no quotes: else name a script',
  },
  'move-prefix': { type: 'text', value: 'PREFIX', describe: 'what stands before the names for --move-over' },
} as const satisfies OptionTable;

/** What sealing options say; a usage error where they contradict each other. */
export function sealingOf(options: Values<typeof sealingOptions>): Sealing {
  if (options.cipher !== 'age' && options.recipient.length + options['recipients-file'].length > 0)
    throw usageError('recipients', `given for --cipher ${options.cipher}`, 'only age has recipients');
  if (options.cipher === 'none') return { cipher: 'none' };
  if (options.cipher === 'age')
    return { cipher: 'age', recipients: options.recipient, recipientFiles: options['recipients-file'] };
  const keyFile = options['key-file'];
  if (keyFile === undefined) throw usageError('--cipher ccrypt', 'needs a key', 'give --key-file FILE');
  return { cipher: 'ccrypt', keyFile };
}

export function openingOf(
  options: Values<typeof openingOptions> & { readonly 'key-file': string | undefined },
): Opening {
  return { identityFiles: options.identity, keyFile: options['key-file'] };
}

/** The command that files go over to instead of staying here, if there is one. */
export function moveOf(
  options: Values<typeof moveOptions> & {
    readonly reuse: string | undefined;
    readonly state: string | undefined;
  },
): { command: MoveCommand; prefix: string } | undefined {
  const { 'move-over': text, 'move-prefix': prefix } = options;
  if (text === undefined) {
    if (prefix !== undefined)
      throw usageError('--move-prefix', 'nothing goes over', 'give --move-over COMMAND');
    return undefined;
  }
  for (const option of ['reuse', 'state'] as const)
    if (options[option] !== undefined)
      throw usageError(`--${option}`, 'cannot be combined with --move-over', 'there is nothing here to link');
  const command = parseMoveCommand(text, '--move-over');
  findProgram(command.program); // before anything is read
  return { command, prefix: prefix ?? '' };
}
