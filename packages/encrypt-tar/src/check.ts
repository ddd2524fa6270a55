import type { Report } from 'command-line';
import { escapePath } from 'path-stream';
import type { Opening } from 'sealed-file';
import { type Entry, entryOf, type Remark } from './entry.ts';
import { readLive } from './live.ts';
import { readIndex, readParts } from './parts.ts';
import { scanSealed } from './scan.ts';
import type { Header } from './tar-stream.ts';

/**
 * Opens every archive of a directory to its last byte and compares each member with its record in the index: name, type, owner,
 * mode, size, time, target, and the digest of its content. Differences are losses. A member or a record too many is one as well.
 */
export async function checkArchives(directory: string, opening: Opening, report: Report): Promise<void> {
  for (const { archive, index } of readParts(directory)) {
    report.progress(() => `checking ${archive}`);
    await readIndex(index, opening, async (batches) => {
      const entries = entriesOf(batches);
      await compareMembers(archive, opening, entries, report);
      for await (const entry of entries)
        report.loss(escapePath(entry.path), 'in the index, not in the archive');
    });
  }
  await readLive(directory, opening, async (live) => {
    for await (const _ of live); // the list of the deleted, too, opens to its end
  });
}

async function* entriesOf(batches: AsyncIterable<(Entry | Remark)[]>): AsyncGenerator<Entry, undefined> {
  for await (const batch of batches) for (const record of batch) if ('archive' in record) yield record;
  return undefined;
}

function compareMembers(
  archive: string,
  opening: Opening,
  entries: AsyncGenerator<Entry, undefined>,
  report: Report,
): Promise<void> {
  let members: Entry[] = [];
  const visitor = {
    header: () => {},
    data: () => {},
    end: (header: Header, sha256: string | undefined) => void members.push(entryOf(header, sha256, archive)),
  };
  return scanSealed(archive, opening, visitor, async () => {
    for (const member of members) {
      const { value: entry } = await entries.next();
      const why = entry === undefined ? ['in the archive, not in the index'] : differences(member, entry);
      for (const one of why) report.loss(escapePath(member.path), one);
    }
    members = [];
  });
}

/** How what is in the archive differs from the index: record by record, for both are in one order. */
function differences(found: Entry, expected: Entry): string[] {
  if (found.path !== expected.path) return [`expected next: ${escapePath(expected.path)}`];
  return compared
    .filter((key) => found[key] !== expected[key])
    .map((key) => `${key} ${found[key] ?? 'none'}, expected ${expected[key] ?? 'none'}`);
}

const compared = ['type', 'mode', 'uid', 'gid', 'size', 'mtime', 'target', 'link', 'sha256'] as const;
