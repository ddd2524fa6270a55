import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Call, failure, inputPaths, reason, usageError } from 'command-line';
import { fromText } from 'path-stream';
import { type Opening, openSealed } from 'sealed-file';
import type { command } from './options.ts';
import { placeTree } from './place.ts';
import { sortPaths } from './sorted.ts';
import { extractStage } from './tar.ts';
import { TarRun } from './tar-run.ts';

type ExtractCall = Call<(typeof command)['options']>;

/**
 * Unpacks archives, in order, into a hidden directory inside the target, which only root may enter, and moves what
 * is in it into place after every decryptor has ended well. When one fails, nothing of it is left.
 */
export async function extractArchives(
  call: ExtractCall,
  archives: readonly string[],
  opening: Opening,
): Promise<void> {
  const { to, select, overwrite } = call.options;
  if (to === undefined) throw usageError('--extract', 'no target given', 'give --to DIR');
  const workshop = join(to, `.encrypt-tar.${randomBytes(6).toString('hex')}.partial`);
  const tree = join(workshop, 'tree');
  try {
    await mkdir(to, { recursive: true });
    await mkdir(workshop, { mode: 0o700 });
    await mkdir(tree, { mode: 0o755 });
  } catch (error) {
    throw failure(to, reason(error));
  }
  try {
    const selection = select === undefined ? undefined : await writeSelection(call, select, workshop);
    for (const archive of archives) {
      const run = new TarRun(call.report);
      call.report.progress(() => archive);
      await openSealed(archive, opening, [extractStage(tree, selection, run)]);
      await run.finish(() => undefined);
    }
    await placeTree(fromText(tree), fromText(to), overwrite, call.report);
  } finally {
    await chmod(workshop, 0o700);
    await rm(workshop, { recursive: true, force: true });
  }
}

/** The wanted paths as tar takes them: relative to `/`, NUL-terminated, in a file. */
async function writeSelection(call: ExtractCall, select: string, workshop: string): Promise<string> {
  const file = join(workshop, 'selection');
  const chunks: Buffer[] = [];
  const source = { ...call, operands: [], ...(select !== '-' && { stdin: () => createReadStream(select) }) };
  await sortPaths(inputPaths(source, call.options), call.report, async (batches) => {
    for await (const batch of batches)
      chunks.push(
        Buffer.from(batch.map((path) => `${path === '/' ? '.' : path.slice(1)}\0`).join(''), 'latin1'),
      );
  });
  await writeFile(file, Buffer.concat(chunks), { mode: 0o600 });
  return file;
}
