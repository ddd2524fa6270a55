import { existsSync, lstatSync } from 'node:fs';
import { interruption, type Report, reason } from 'command-line';
import { type BytePath, toFs } from 'path-stream';
import type { ListFiles } from '../../selection/list-files.ts';
import { Cursor, readList } from '../../selection/lists.ts';
import { parseFinding } from '../../selection/select.ts';
import { nothingAnnoying } from '../assemble.ts';
import type { RunReport } from '../run-report.ts';
import { describeGroups } from './describe.ts';
import type { Facts } from './group.ts';
import { Grouping } from './grouping.ts';

/** So many files are looked at for size, owner and age; further ones are counted. */
const mostLookedAt = 1_000_000;

/**
 * What a run found that nobody expects, by directory. It reads the lists of the selection side by side, in byte order: what was found,
 * what of it is stored, what of that is annoying, and what the last date reported. What has gone meanwhile is left out. A backup does not fail for it.
 */
export async function collectAnnoying(lists: ListFiles, report: Report): Promise<RunReport['annoying']> {
  try {
    return await groupAnnoying(lists, report);
  } catch (error) {
    if (interruption.aborted) throw error;
    report.error('annoying files', `not grouped for the report: ${reason(error)}`);
    return nothingAnnoying();
  }
}

async function groupAnnoying(lists: ListFiles, report: Report): Promise<RunReport['annoying']> {
  const grouping = new Grouping();
  const totals = { count: 0, bytes: 0, newCount: 0 };
  const stored = new Cursor(readList(lists.paths));
  const annoying = new Cursor(readList(lists.annoying));
  const reported = new Cursor(existsSync(lists.reported) ? readList(lists.reported) : noRecords());
  let lookedAt = 0;
  for await (const batch of readList(lists.found))
    for (const record of batch) {
      const { word, path } = parseFinding(record);
      if (stored.current === undefined) await stored.fetch();
      if (stored.current !== path) continue;
      stored.advance();
      if (annoying.current === undefined) await annoying.fetch();
      if (annoying.current === path) {
        annoying.advance();
        const facts = lookedAt < mostLookedAt ? factsOf(path) : undefined;
        if (facts === undefined && lookedAt < mostLookedAt) continue;
        lookedAt += 1;
        const isNew = !(await has(reported, path));
        grouping.annoying(path, facts, isNew);
        totals.count += 1;
        totals.bytes += facts?.size ?? 0;
        if (isNew) totals.newCount += 1;
      } else if (word === 'orphan' && path.endsWith('/')) grouping.orphanDirectory(path);
      else grouping.other(path);
    }
  for (const cursor of [stored, annoying, reported]) await cursor.close();
  return { ...totals, ...(await describeGroups(grouping.end(), report)) };
}

async function* noRecords(): AsyncGenerator<BytePath[]> {}

/** Whether a list has a path: to be asked in the order of the list. */
async function has(list: Cursor, path: BytePath): Promise<boolean> {
  await list.fetch();
  while (list.current !== undefined && list.current < path) {
    list.advance();
    await list.fetch();
  }
  return list.current === path;
}

/** Undefined where it is gone, or cannot be looked at: that is named where it is stored. */
function factsOf(path: BytePath): Facts | undefined {
  try {
    const stats = lstatSync(toFs(path), { throwIfNoEntry: false });
    return stats && { size: stats.isFile() ? stats.size : 0, uid: stats.uid, mtime: stats.mtimeMs };
  } catch {
    return undefined;
  }
}
