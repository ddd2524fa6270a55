import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ChildFailure, captureOutput, failure, reason, runPipeline, usageError } from 'command-line';

/** Keeps a signature made for one thing from being taken for one made for another (ssh-keygen(1), -n). */
export type SignatureNamespace = 'hcoop-backup' | 'hcoop-backup-receipt' | 'hcoop-backup-drill';

export const signatureSuffix = '.sig';

/** Makes the host's signing key on first use: Ed25519, without a passphrase, for it signs at night. */
export async function ensureSigningKey(key: string, comment: string): Promise<void> {
  if (existsSync(key)) return;
  await runPipeline([
    { command: 'ssh-keygen', args: ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', key] },
  ]);
}

/** Signs a file; the signature lies beside it. */
export async function sign(file: string, key: string, namespace: SignatureNamespace): Promise<void> {
  await rm(file + signatureSuffix, { force: true }); // ssh-keygen would ask whether to replace it
  await runPipeline([
    { command: 'ssh-keygen', args: ['-Y', 'sign', '-q', '-n', namespace, '-f', key, file] },
  ]);
}

/** Signs a text: returns it with the signature behind it. */
export function signText(text: string, key: string, namespace: SignatureNamespace): Promise<string> {
  return withTextFile(text, async (file) => {
    await sign(file, key, namespace);
    return text + (await readFile(file + signatureSuffix, 'utf8'));
  });
}

/** Checks the signature of a text, as verifySignature does that of a file. */
export function verifyText(
  body: string,
  signature: string,
  signer: string | undefined,
  namespace: SignatureNamespace,
): Promise<string> {
  return withTextFile(body, async (file) => {
    await writeFile(file + signatureSuffix, signature);
    return verifySignature(file, signer, namespace);
  });
}

async function withTextFile<T>(text: string, use: (file: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'hcoop-signed-'));
  try {
    const file = join(directory, 'text');
    await writeFile(file, text);
    return await use(file);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * Checks a file's signature. With `signer` (a public key file) it must be of that key; without, any key will do, and
 * its fingerprint is returned for a person to judge.
 */
export async function verifySignature(
  file: string,
  signer: string | undefined,
  namespace: SignatureNamespace,
): Promise<string> {
  const signature = file + signatureSuffix;
  if (!existsSync(signature)) throw failure(signature, 'missing: it is not signed');
  const text = await readFile(signature, 'latin1').catch((error: unknown) => {
    throw failure(signature, reason(error));
  });
  if (!isAsWritten(text)) throw failure(signature, 'not as ssh-keygen writes a signature');
  const args = ['-n', namespace, '-s', signature];
  try {
    const said =
      signer === undefined
        ? await keygen(['-Y', 'check-novalidate', ...args], file)
        : await withAllowed(signer, namespace, (list) =>
            keygen(['-Y', 'verify', '-I', namespace, '-f', list, ...args], file),
          );
    return /SHA256:\S+/.exec(said)?.[0] ?? 'an unknown key';
  } catch (error) {
    if (!(error instanceof ChildFailure)) throw error;
    throw failure(signature, signer ? `not a good signature by a key in ${signer}` : 'not a good signature');
  }
}

const begin = '-----BEGIN SSH SIGNATURE-----\n';
const end = '-----END SSH SIGNATURE-----\n';
/** The blob's magic, and the version (PROTOCOL.sshsig of OpenSSH). */
const preamble = 'SSHSIG\0\0\0\x01';

/**
 * ssh-keygen takes more than it writes: what follows the end, other characters for newlines, a lower version. No signature covers
 * that, and a file that has changed would pass for one that has not.
 */
function isAsWritten(text: string): boolean {
  const blob = Buffer.from(text.slice(begin.length, -end.length), 'base64');
  const lines = blob.toString('base64').replace(/.{1,70}/g, '$&\n');
  return text === begin + lines + end && blob.toString('latin1').startsWith(preamble);
}

async function keygen(args: readonly string[], file: string): Promise<string> {
  // ssh-keygen may have judged before it has read all: its exit code tells.
  const feed = (stdin: Writable): Promise<void> => pipeline(createReadStream(file), stdin).catch(() => {});
  return (await captureOutput({ command: 'ssh-keygen', args }, feed)).toString();
}

/** ssh-keygen wants a list of who may sign for what: a line for each of the public keys. */
async function withAllowed<T>(
  signer: string,
  namespace: SignatureNamespace,
  use: (list: string) => Promise<T>,
): Promise<T> {
  const keys = await readFile(signer, 'utf8').catch((error: unknown) => {
    throw usageError(signer, reason(error), 'name a file of public keys');
  });
  const lines = keys.split('\n').filter((line) => /^[^#\s]/.test(line));
  const directory = await mkdtemp(join(tmpdir(), 'hcoop-signer-'));
  try {
    const list = join(directory, 'allowed_signers');
    await writeFile(list, lines.map((key) => `${namespace} namespaces="${namespace}" ${key}\n`).join(''));
    return await use(list);
  } finally {
    await rm(directory, { recursive: true });
  }
}
