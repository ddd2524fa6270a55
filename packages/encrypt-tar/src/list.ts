import { type Call, usageError } from 'command-line';
import { type PathWriter, readPaths, toText } from 'path-stream';
import { type Opening, openSealed } from 'sealed-file';
import { archiveFiles, indexFile, readIndex, readRemarks } from './index-file.ts';
import type { command } from './options.ts';
import { listStage } from './tar.ts';
import { unescapeName } from './tar-messages.ts';

type ListCall = Pick<Call<(typeof command)['options']>, 'options' | 'operands'>;

/** The archives that a command line names: its operands, or those in `-d DIR`. */
export function archivesIn(call: ListCall): string[] {
  const { directory } = call.options;
  if (directory !== undefined && call.operands.length > 0)
    throw usageError('-d', 'cannot be combined with archives');
  if (directory !== undefined) return archiveFiles(directory);
  if (call.operands.length === 0) throw usageError('archives', 'none given', 'name archives, or give -d DIR');
  return call.operands.map((operand) => {
    const file = toText(operand);
    if (file === undefined) throw usageError(operand, 'the name of an archive must be UTF-8');
    return file;
  });
}

/** Writes the paths in a directory's index (without what was lost), or else the names in the archives. */
export async function listArchives(call: ListCall, opening: Opening, output: PathWriter): Promise<void> {
  const { directory } = call.options;
  if (directory === undefined) {
    for (const archive of archivesIn(call)) await listArchive(archive, opening, output);
  } else {
    const file = indexFile(directory);
    const remarks = await readRemarks(file, opening);
    await readIndex(file, opening, async (batches) => {
      for await (const batch of batches)
        for (const record of batch)
          if ('archive' in record && (remarks.get(record.path) ?? 'changed') === 'changed')
            await output.add(record.path);
    });
  }
  await output.flush();
}

function listArchive(archive: string, opening: Opening, output: PathWriter): Promise<void> {
  return openSealed(archive, opening, [listStage(false)], async (names) => {
    for await (const batch of readPaths(names, '\n')) {
      for (const name of batch) await output.add(`/${unescapeName(name).replace(/^\.\/$/, '')}`);
    }
  });
}
