import { existsSync } from 'node:fs';
import { usageError } from 'command-line';
import type { Settings } from '../settings/schema.ts';

const defaultRecipients = '/etc/hcoop-backup/recipients.txt';
const hint = `age-keygen -o KEY on another machine, then put its public key into ${defaultRecipients} or give -R FILE`;

/** The options that tell encrypt-tar how to seal. Without a recipient there is no backup. */
export function sealingOptions({ seal }: Settings): string[] {
  if (seal.cipher === 'none') return ['--cipher', 'none'];
  if (seal.cipher === 'ccrypt') {
    if (seal.key_file === undefined) throw usageError('seal.key_file', 'not set', "name ccrypt's key file");
    return ['--cipher', 'ccrypt', '--key-file', seal.key_file];
  }
  const files = seal.recipient_files ?? (existsSync(defaultRecipients) ? [defaultRecipients] : []);
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw usageError(missing, 'no such file, so there is nobody to seal for', hint);
  if (files.length + seal.recipients.length === 0)
    throw usageError('recipients', 'none configured, and nothing is stored unencrypted by accident', hint);
  return [...files.flatMap((file) => ['-R', file]), ...seal.recipients.flatMap((key) => ['-r', key])];
}
