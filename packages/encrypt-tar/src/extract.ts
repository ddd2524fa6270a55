import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Call, failure, reason, usageError } from 'command-line';
import { fromText } from 'path-stream';
import { type Opening, openSealed } from 'sealed-file';
import type { command } from './options.ts';
import { placeTree } from './place.ts';
import { readSelection, removeLinked } from './selection.ts';
import { extractStage, type NameLists } from './tar.ts';
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
    const selection = select === undefined ? undefined : await readSelection(call, select, workshop, opening);
    const unpack = async (names: NameLists | undefined): Promise<void> => {
      for (const archive of archives) {
        const run = new TarRun(call.report);
        call.report.progress(() => archive);
        await openSealed(archive, opening, [extractStage(tree, names, run)]);
        await run.finish(() => undefined);
      }
    };
    if (selection === undefined) await unpack(undefined);
    else {
      await unpack({ exact: [selection.parents, selection.linkedList], whole: [selection.whole] });
      if (selection.linked.length > 0) {
        removeLinked(fromText(tree), selection.linked);
        await unpack({ exact: [selection.parents], whole: [] }); // their times, which that has changed
      }
    }
    await placeTree(fromText(tree), fromText(to), overwrite, call.report);
  } finally {
    await chmod(workshop, 0o700);
    await rm(workshop, { recursive: true, force: true });
  }
}
