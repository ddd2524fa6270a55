import type { Report } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import type { Opening } from 'sealed-file';
import type { Entry, Remark } from './entry.ts';
import { nineDecimals } from './found.ts';
import { absoluteName } from './list.ts';
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
  let members: { header: Header; sha256: string | undefined }[] = [];
  const visitor = {
    header: () => {},
    data: () => {},
    end: (header: Header, sha256: string | undefined) => void members.push({ header, sha256 }),
  };
  return scanSealed(archive, opening, visitor, async () => {
    for (const { header, sha256 } of members) {
      const path = absoluteName(header.path);
      const { value: entry } = await entries.next();
      if (entry === undefined) report.loss(escapePath(path), 'in the archive, not in the index');
      else for (const why of differences(path, header, sha256, entry)) report.loss(escapePath(path), why);
    }
    members = [];
  });
}

function differences(path: BytePath, header: Header, sha256: string | undefined, entry: Entry): string[] {
  const compare = (what: string, found: unknown, expected: unknown): string[] =>
    found === expected ? [] : [`${what} ${found ?? 'none'}, expected ${expected ?? 'none'}`];
  if (path !== entry.path) return [`expected next: ${escapePath(entry.path)}`];
  const isLink = header.type === 'link';
  return [
    ...(isLink ? [] : compare('type', header.type, entry.type)),
    ...compare('mode', header.mode.toString(8).padStart(4, '0'), entry.mode),
    ...compare('owner', `${header.uid}:${header.gid}`, `${entry.uid}:${entry.gid}`),
    ...compare('size', header.size, entry.size),
    ...compare('time', nineDecimals(header.mtime), entry.mtime),
    ...compare('target', header.type === 'symlink' ? header.target : undefined, entry.target),
    ...compare('link', isLink ? `/${header.target}` : undefined, entry.link),
    ...compare('content', sha256, entry.sha256),
  ];
}
