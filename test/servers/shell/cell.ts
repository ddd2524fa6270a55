import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startAfsCell } from 'test-servers';
import { test } from 'vitest';

/** What afs-shell runs: a cell that lives until the shell has ended. */
test('a cell to look at', async () => {
  const at = process.env.AFS_SHELL ?? '';
  const cell = await startAfsCell({ pioctl: true });
  writeFileSync(join(at, 'started'), `${cell.directory} ${cell.client(['bash', '--norc']).join(' ')}\n`);
  await readFile(join(at, 'ended'));
});
