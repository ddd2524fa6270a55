import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTemporaryDirectory } from 'command-line';

const temporaryName = '.temporary';
/** What encrypt-tar and storeFile() name what is not done yet, and the directory below. */
const unfinished = /^\.(?:temporary|encrypt-tar-.+|.+\.partial)$/;

/**
 * Does a run with a directory for the temporary files of all its programs, in the state directory: what they leave when they
 * are killed, the next run removes. Only for who holds the state: another run's would go too.
 */
export async function withTemporary<T>(state: string, work: () => Promise<T>): Promise<T> {
  clear(state);
  const directory = join(state, temporaryName);
  mkdirSync(directory, { mode: 0o700 });
  setTemporaryDirectory(directory);
  try {
    return await work();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function clear(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (unfinished.test(entry.name)) rmSync(path, { recursive: true, force: true });
    else if (entry.isDirectory()) clear(path);
  }
}
