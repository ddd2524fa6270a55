import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { failure, reason, type Stage, usageError } from 'command-line';

/** How a stream is sealed. Only public keys are needed for age; ccrypt's key opens what it seals. */
export type Sealing =
  | {
      readonly cipher: 'age';
      readonly recipients: readonly string[];
      readonly recipientFiles: readonly string[];
    }
  | { readonly cipher: 'ccrypt'; readonly keyFile: string }
  | { readonly cipher: 'none' };

/** What opens a sealed file: age identity files, or ccrypt's key file. Neither is needed for `none`. */
export interface Opening {
  readonly identityFiles: readonly string[];
  readonly keyFile?: string | undefined;
}

const suffixes = { age: '.zst.age', ccrypt: '.zst.cpt', none: '.zst' } as const;

/** The end of a sealed file's name: what stock programs undo, from the right. */
export function sealedSuffix(sealing: Sealing): string {
  return suffixes[sealing.cipher];
}

/**
 * Checks, before anything runs, what the ciphers themselves would notice late or never: no recipient at all,
 * a recipients file that is missing or empty, an empty ccrypt key.
 */
export function checkSealing(sealing: Sealing): void {
  if (sealing.cipher === 'ccrypt') requireContent(sealing.keyFile, 'the key file', /^[^\r\n]*[^\s]/);
  if (sealing.cipher !== 'age') return;
  if (sealing.recipients.length + sealing.recipientFiles.length === 0)
    throw usageError('recipients', 'none given', 'give -R FILE or -r RECIPIENT (age-keygen -y prints one)');
  for (const file of sealing.recipientFiles) requireContent(file, 'the recipients file', /^[^#\s]/m);
}

/** ccrypt takes the first line for the key, be it empty; age skips comments and blank lines. */
function requireContent(file: string, what: string, content: RegExp): void {
  try {
    accessSync(file, constants.R_OK);
    if (!content.test(readFileSync(file, 'latin1'))) throw usageError(file, `${what} is empty`);
  } catch (error) {
    throw usageError(file, reason(error), `${what} must be readable`);
  }
}

/** Stands for who can open what is sealed so: it changes when the recipients, or the key, do. Not to be shown to anybody. */
export function sealingIdentity(sealing: Sealing): string {
  const parts: string[] = [sealing.cipher];
  if (sealing.cipher === 'ccrypt') parts.push(readFileSync(sealing.keyFile, 'latin1').split('\n', 1).join());
  if (sealing.cipher === 'age') {
    const lines = sealing.recipientFiles.flatMap((file) => readFileSync(file, 'latin1').split('\n'));
    const recipients = [...sealing.recipients, ...lines.filter((line) => /^[^#\s]/.test(line))];
    parts.push(...new Set(recipients.map((recipient) => recipient.trim()).sort()));
  }
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** age ends each of its errors with where to report it. */
const noise = /^age: report unexpected/;

/** The programs that seal: compression, then the cipher. */
export function sealingStages(sealing: Sealing): Stage[] {
  // age authenticates every byte: a checksum below that would say nothing more.
  const check = sealing.cipher === 'age' ? '--no-check' : '--check';
  const zstd: Stage = { command: 'zstd', args: ['-3', '-T0', check, '-q', '-c'] };
  switch (sealing.cipher) {
    case 'none':
      return [zstd];
    case 'ccrypt':
      return [zstd, { command: 'ccencrypt', args: ['-k', sealing.keyFile] }];
    case 'age': {
      const recipients = sealing.recipients.flatMap((r) => ['-r', r]);
      const files = sealing.recipientFiles.flatMap((f) => ['-R', f]);
      return [zstd, { command: 'age', args: ['-e', ...recipients, ...files], noise }];
    }
  }
}

/** So many bytes at the start of a file tell its format. Of age and ccrypt, no file is shorter. */
export const startLength = 32;

const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** The programs that open a file which starts with these bytes: the format names itself. */
export function openingStages(start: Buffer, opening: Opening, file: string): Stage[] {
  const zstd: Stage = { command: 'zstd', args: ['-d', '-q', '-c'] };
  if (start.indexOf(zstdMagic) === 0) return [zstd];
  if (start.length < startLength) throw failure(file, 'empty, or cut short');
  if (start.toString('latin1').startsWith('age-encryption.org/')) {
    if (opening.identityFiles.length === 0)
      throw usageError(file, 'encrypted with age, and no identity given', 'give -i IDENTITY');
    return [
      { command: 'age', args: ['-d', ...opening.identityFiles.flatMap((f) => ['-i', f])], noise },
      zstd,
    ];
  }
  if (opening.keyFile === undefined)
    throw usageError(file, 'neither age nor zstd, and no ccrypt key given', 'give --key-file FILE');
  return [{ command: 'ccdecrypt', args: ['-k', opening.keyFile] }, zstd];
}
