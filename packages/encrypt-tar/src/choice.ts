import type { BytePath } from 'path-stream';
import type { Opening } from 'sealed-file';
import type { Entry } from './entry.ts';
import type { Passage } from './filter.ts';
import { readLive } from './live.ts';
import { MembersDigest } from './members.ts';
import { type Part, readIndex, readParts } from './parts.ts';
import type { Wanted } from './wanted.ts';

/** The members of a part that are to be unpacked. */
export interface PartChoice {
  readonly part: Part;
  /** Of all members, as the index has them: `decide` is about an archive that has these. */
  readonly members: string;
  readonly decide: (place: number) => Passage;
}

/** Chooses what is to be unpacked of a directory: what is alive, and wanted. Parts of which nothing is are left out. */
export async function choose(
  directory: string,
  opening: Opening,
  wanted: Wanted | undefined,
): Promise<PartChoice[]> {
  const places = new Map<number, Set<number>>();
  await readLive(directory, opening, async (live) => {
    for await (const batch of live)
      for (const { path, part, place } of batch) {
        if (wanted?.takes(path) === false) continue;
        const chosen = places.get(part) ?? new Set();
        places.set(part, chosen.add(place));
      }
  });
  const choices: PartChoice[] = [];
  for (const part of readParts(directory)) {
    const chosen = places.get(part.number);
    if (chosen === undefined) continue;
    const { members, links } = await readMembers(part, opening, chosen);
    const renames = await replaceLinkTargets(part, opening, chosen, links);
    const decide = (place: number): Passage => renames.get(place) ?? { pass: chosen.has(place) };
    choices.push({ part, members, decide });
  }
  return choices;
}

/** Hard links that are chosen, by the path that has their content. */
type Links = ReadonlyMap<BytePath, { place: number; path: BytePath }[]>;

async function readMembers(
  { index }: Part,
  opening: Opening,
  chosen: ReadonlySet<number>,
): Promise<{ members: string; links: Links }> {
  const members = new MembersDigest();
  const links = new Map<BytePath, { place: number; path: BytePath }[]>();
  await eachEntry(index, opening, (entry, place) => {
    members.add(entry);
    const { link, path } = entry;
    if (link !== undefined && chosen.has(place))
      links.set(link, [...(links.get(link) ?? []), { place, path }]);
  });
  return { members: members.end(), links };
}

/**
 * A hard link may be chosen without the path that has the content in the archive. Then that member is unpacked under the link's
 * name, and the other links to it are made to this one. Returns what is not as chosen, by place.
 */
async function replaceLinkTargets(
  { index }: Part,
  opening: Opening,
  chosen: ReadonlySet<number>,
  links: Links,
): Promise<Map<number, Passage>> {
  const changes = new Map<number, Passage>();
  if (links.size === 0) return changes;
  await eachEntry(index, opening, ({ path, link }, place) => {
    const [first, ...others] = links.get(path) ?? [];
    if (first === undefined || link !== undefined || chosen.has(place)) return;
    changes.set(place, { pass: true, path: first.path.slice(1) });
    changes.set(first.place, { pass: false });
    for (const other of others) changes.set(other.place, { pass: true, target: first.path.slice(1) });
  });
  return changes;
}

async function eachEntry(
  index: string,
  opening: Opening,
  use: (entry: Entry, place: number) => void,
): Promise<void> {
  let place = 0;
  await readIndex(index, opening, async (batches) => {
    for await (const batch of batches)
      for (const record of batch) if ('archive' in record) use(record, place++);
  });
}
