import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { runPipeline } from 'command-line';
import { withoutSlash } from 'path-stream';
import { mounted } from './directories.ts';
import type { Restoration } from './restoration.ts';
import { readBytes } from './root.ts';

/**
 * ACLs and extended attributes of directories that are there when the files come, and would stay as they were made: the
 * system component has them.
 */
export async function restoreAttributes({ machine, workshop, lists }: Restoration): Promise<void> {
  const names = readBytes(join(lists, 'directories'))
    .split('\0')
    .filter((name) => name !== '' && !mounted.has(withoutSlash(name)));
  if (names.length === 0) return;
  const metadata = ['--xattrs', '--xattrs-include=*', '--numeric-owner'];
  const input = ['--null', '--verbatim-files-from', '--no-recursion', '-T', '-'];
  const relative = names.map((name) => `.${name}\0`).join('');
  await runPipeline(
    [
      machine.stage('tar', '-c', '-f', '-', '--format=posix', ...metadata, '-C', workshop, ...input),
      machine.stage('tar', '-x', '-f', '-', '-p', ...metadata, '-C', '/'),
    ],
    { input: async (stdin: Writable) => void stdin.write(Buffer.from(relative, 'latin1')) },
  );
}
