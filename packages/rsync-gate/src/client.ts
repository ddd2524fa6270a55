import { readFileSync } from 'node:fs';

/** Who is on the other side, as far as sshd tells: for the log. */
export interface Client {
  /** `address:port`, or `-`. */
  readonly address: string;
  /** The fingerprint of the key that logged in, as `ssh-keygen -l` writes it, or `-`: sshd needs `ExposeAuthInfo yes`. */
  readonly key: string;
}

/** Reads what sshd(8) exposes: SSH_CONNECTION, and the file that SSH_USER_AUTH names. */
export function clientOf(env: NodeJS.ProcessEnv): Client {
  const [address, port] = (env.SSH_CONNECTION ?? '').split(' ');
  return {
    address: address && port ? `${address}:${port}` : '-',
    key: fingerprint(env.SSH_USER_AUTH) ?? '-',
  };
}

function fingerprint(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const blob = /^publickey \S+ ([A-Za-z0-9+/=]+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
    return blob === undefined ? undefined : keyFingerprint(blob);
  } catch {
    return undefined; // sshd does not expose it, or has removed it: the log says `-`
  }
}

/** The fingerprint of a public key from its base64 blob, as in an authorized_keys line. */
export function keyFingerprint(blob: string): string {
  const { createHash } = process.getBuiltinModule('node:crypto'); // loaded only where a key is exposed
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}
