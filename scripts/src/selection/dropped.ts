import { existsSync, lstatSync } from 'node:fs';
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
  report: Report,
): Promise<Dropped> {
  let paths = 0;
  let bytes = 0;
  await writeList(lists.dropped, async (list) => {
    if (!existsSync(lists.stored)) return;
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
