import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ChildFailure, captureOutput, failure, reason, runPipeline, usageError } from 'command-line';

// The namespace keeps a signature made for this from being taken for one made for anything else (ssh-keygen(1)).
const namespace = 'hcoop-backup';

export const signatureSuffix = '.sig';

/** Makes the host's signing key on first use: Ed25519, without a passphrase, for it signs at night. */
export async function ensureSigningKey(key: string, comment: string): Promise<void> {
  if (existsSync(key)) return;
  await runPipeline([
    { command: 'ssh-keygen', args: ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', key] },
  ]);
}

/** Signs a file; the signature lies beside it. */
export async function sign(file: string, key: string): Promise<void> {
  await rm(file + signatureSuffix, { force: true }); // ssh-keygen would ask whether to replace it
  await runPipeline([
    { command: 'ssh-keygen', args: ['-Y', 'sign', '-q', '-n', namespace, '-f', key, file] },
  ]);
}

/**
 * Checks a file's signature. With `signer` (a public key file) it must be of that key; without, any key will do, and
 * its fingerprint is returned for a person to judge.
 */
export async function verifySignature(file: string, signer: string | undefined): Promise<string> {
  const signature = file + signatureSuffix;
  if (!existsSync(signature)) throw failure(signature, 'missing: the date is not signed');
  const args = ['-n', namespace, '-s', signature];
  try {
    const said =
      signer === undefined
        ? await keygen(['-Y', 'check-novalidate', ...args], file)
        : await withAllowed(signer, (list) =>
            keygen(['-Y', 'verify', '-I', namespace, '-f', list, ...args], file),
          );
    return /SHA256:\S+/.exec(said)?.[0] ?? 'an unknown key';
  } catch (error) {
    if (!(error instanceof ChildFailure)) throw error;
    throw failure(
      signature,
      signer ? `not a good signature by the key in ${signer}` : 'not a good signature',
    );
  }
}

async function keygen(args: readonly string[], file: string): Promise<string> {
  // ssh-keygen may have judged before it has read all: its exit code tells.
  const feed = (stdin: Writable): Promise<void> => pipeline(createReadStream(file), stdin).catch(() => {});
  return (await captureOutput({ command: 'ssh-keygen', args }, feed)).toString();
}

/** ssh-keygen wants a list of who may sign for what; ours has one line. */
async function withAllowed<T>(signer: string, use: (list: string) => Promise<T>): Promise<T> {
  const key = await readFile(signer, 'utf8').catch((error: unknown) => {
    throw usageError(signer, reason(error), '--signer takes a public key file');
  });
  const directory = await mkdtemp(join(tmpdir(), 'hcoop-signer-'));
  try {
    const list = join(directory, 'allowed_signers');
    await writeFile(list, `${namespace} namespaces="${namespace}" ${key}`);
    return await use(list);
  } finally {
    await rm(directory, { recursive: true });
  }
}
