import { closeSync, existsSync, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { type Report, reason } from 'command-line';
import { type BytePath, escapePath, toFs } from 'path-stream';
import { Cursor, readList, writeList } from './lists.ts';

/** What rules have taken out of the backup since the last date. */
export interface Dropped {
  readonly paths: number;
  readonly bytes: number;
  /** The list of them. */
  readonly list: string;
}

/**
 * Lists the paths that the last date holds and that rules exclude now: somebody has changed the rules, and should know what
 * that does. Both lists are in byte order.
 */
export async function findDropped(
  lists: { readonly stored: string; readonly excluded: string; readonly dropped: string },
  hasDates: boolean,
  report: Report,
): Promise<Dropped> {
  let paths = 0;
  let bytes = 0;
  await writeList(lists.dropped, async (list) => {
    if (!isWhole(lists.stored)) {
      if (hasDates)
        report.note('rules', 'what they drop is not known: the list of the last date is not whole');
      return;
    }
    const stored = new Cursor(readList(lists.stored));
    for await (const batch of readList(lists.excluded))
      for (const path of batch) {
        await stored.fetch();
        while (stored.current !== undefined && stored.current < path) {
          stored.advance();
          await stored.fetch();
        }
        if (stored.current !== path) continue;
        paths += 1;
        bytes += sizeOf(path, report);
        await list.add(path);
      }
    await stored.close();
  });
  return { paths, bytes, list: lists.dropped };
}

/** Whether a list is there and ends with the end of a record. */
function isWhole(file: string): boolean {
  if (!existsSync(file)) return false;
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const last = Buffer.alloc(1, 0);
    if (size > 0) readSync(descriptor, last, 0, 1, size - 1);
    return last[0] === 0;
  } finally {
    closeSync(descriptor);
  }
}

/** The bytes of a file; none for anything else. */
export function sizeOf(path: BytePath, report: Report): number {
  try {
    const stats = lstatSync(toFs(path), { throwIfNoEntry: false });
    return stats?.isFile() ? stats.size : 0;
  } catch (error) {
    report.loss(escapePath(path), reason(error));
    return 0;
  }
}
