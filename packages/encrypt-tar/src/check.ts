import { failure, type Report } from 'command-line';
import { escapePath, escapeText, readPaths } from 'path-stream';
import { type Opening, openSealed } from 'sealed-file';
import type { Entry, Remark } from './entry.ts';
import { archiveFiles, indexFile, readIndex, readRemarks } from './index-file.ts';
import { memberDifference } from './member.ts';
import { listStage } from './tar.ts';

/**
 * Opens every archive of a directory to its last byte and compares each member with its record in the index: name,
 * type, owner, mode, size, time. Differences are losses. A member or a record too many is one as well.
 */
export async function checkArchives(directory: string, opening: Opening, report: Report): Promise<void> {
  const index = indexFile(directory);
  const remarks = await readRemarks(index, opening);
  await readIndex(index, opening, async (batches) => {
    const entries = archived(batches, remarks);
    for (const archive of archiveFiles(directory)) {
      await openSealed(archive, opening, [listStage(true)], async (listing) => {
        for await (const lines of readPaths(listing, '\n')) {
          for (const line of lines) compare(line, (await entries.next()).value, remarks, report);
          report.progress(() => `checking ${archive}`);
        }
      });
    }
    for await (const entry of entries) report.loss(escapePath(entry.path), 'in the index, in no archive');
  });
}

async function* archived(
  batches: AsyncIterable<(Entry | Remark)[]>,
  remarks: ReadonlyMap<string, Remark['remark']>,
): AsyncGenerator<Entry, undefined> {
  for await (const batch of batches) {
    for (const record of batch) {
      if ('remark' in record) continue;
      const remark = remarks.get(record.path);
      if (remark !== 'vanished' && remark !== 'lost') yield record;
    }
  }
  return undefined;
}

function compare(
  line: string,
  entry: Entry | undefined,
  remarks: ReadonlyMap<string, Remark['remark']>,
  report: Report,
): void {
  if (entry === undefined) throw failure(escapeText(line), 'in an archive, not in the index');
  const difference = memberDifference(line, entry);
  // What changed while it was read differs from its record, and says so.
  if (difference !== undefined && !remarks.has(entry.path)) report.loss(escapePath(entry.path), difference);
}
