import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { captureOutput, failure } from 'command-line';
import type { PullTask } from './host.ts';
import { type Remote, requestStatus } from './remote.ts';

/** The file with the public key that a host's dates must be signed by; undefined where none is known yet. */
export function knownSigner({ tree, options }: PullTask): string | undefined {
  if (options.signer !== undefined) return options.signer;
  const file = join(tree, 'signer.pub');
  return existsSync(file) ? file : undefined;
}

/** Without a key to hold a host to, nothing of it is kept: said before the host goes to work. */
export function requireSigner(task: PullTask): void {
  if (knownSigner(task) !== undefined || task.options['accept-new']) return;
  const file = join(task.tree, 'signer.pub');
  throw failure(
    task.host,
    'its signing key is not known here',
    `put the host's signing-key.pub into ${file}, or give --accept-new and compare the key that is shown`,
  );
}

/** The known key, or, with --accept-new, the one that the host shows now, kept from here on. */
export async function signerOf(task: PullTask, remote: Remote): Promise<string> {
  const known = knownSigner(task);
  if (known !== undefined) return known;
  const { signingKey } = await requestStatus(remote);
  if (signingKey === null) throw failure(task.host, 'shows no signing key');
  const file = join(task.tree, 'signer.pub');
  writeFileSync(file, `${signingKey}\n`, { flag: 'wx' });
  const shown = (await captureOutput({ command: 'ssh-keygen', args: ['-l', '-f', file] })).toString().trim();
  task.report.note(task.host, `signs with ${shown}: compare it with the host's own`);
  return file;
}
