import { existsSync } from 'node:fs';
import type { Command, OptionTable, Values } from 'command-line';

/** What says how a date is verified: of hcoop-verify and hcoop-restore. */
export const signerOption = {
  signer: {
    type: 'text',
    value: 'FILE',
    describe: "the host's public signing key, which the date must be signed by",
  },
} as const satisfies OptionTable;

/** The key to hold a date to: the one given, else this host's own where it has one. */
export function signerOf(given: string | undefined): string | undefined {
  const own = '/var/lib/hcoop-backup/signing-key.pub';
  return given ?? (existsSync(own) ? own : undefined);
}

const options = {
  ...signerOption,
  identity: {
    type: 'list',
    alias: 'i',
    value: 'FILE',
    describe: 'also open every archive and compare it with the index',
  },
  'key-file': { type: 'text', value: 'FILE', describe: "the same with ccrypt's key" },
  drill: {
    type: 'flag',
    describe: 'restore all of it, compare that, throw it away, and write a signed result',
  },
  scratch: { type: 'text', value: 'DIR', describe: 'where a drill restores to [default: $TMPDIR or /tmp]' },
  'sign-with': {
    type: 'text',
    value: 'FILE',
    describe: "the SSH key that signs a drill's result [default: this host's own]",
  },
} as const satisfies OptionTable;

export const command: Command<typeof options> = {
  name: 'hcoop-verify',
  summary: 'verifies published dates: every file, digest and signature; with a key, every archive',
  synopsis: ['[--signer FILE] [-i FILE] DATE_DIR…', '--drill -i FILE [--sign-with FILE] DATE_DIR'],
  options,
  examples: [
    ['hcoop-verify --signer shelob.pub /srv/backups/shelob/2026-11-23', 'verify a pulled date, without keys'],
    [
      'hcoop-verify --drill -i key.txt 2026-11-23 | ssh root@shelob hcoop-backup record-drill',
      'prove that it restores',
    ],
  ],
};

/** Whether there is something that opens archives. */
export function hasKey(given: Values<typeof options>): boolean {
  return given.identity.length > 0 || given['key-file'] !== undefined;
}
