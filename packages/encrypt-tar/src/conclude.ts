import { join } from 'node:path';
import { fromText, PathWriter } from 'path-stream';
import { type Sealing, sealedSuffix, sealFile } from 'sealed-file';
import type { Destination } from './destination.ts';
import { formatGone, GoneList, NeededLinks } from './gone.ts';
import type { Overrides } from './overrides.ts';
import { goneName } from './parts.ts';
import { Records } from './records.ts';
import { formatKnown, gone, type StateHeader } from './state.ts';

/** What is known at the end of a run. */
export interface Conclusion {
  readonly header: StateHeader;
  readonly records: Records;
  readonly overrides: Overrides;
  readonly destination: Destination;
  readonly sealing: Sealing;
  /** Where temporary files go. */
  readonly workshop: string;
}

/**
 * Writes the state for the next run, and seals the list of paths that archives have and the directory does not, if there are any.
 * Returns the name of that list.
 */
export async function conclude(conclusion: Conclusion, state: string): Promise<string[]> {
  const list = new Records(join(conclusion.workshop, 'gone'));
  const needed = new NeededLinks();
  const count = await writeState(conclusion, state, list, needed);
  if (count === 0) return [];
  const { destination, sealing } = conclusion;
  const name = goneName(sealedSuffix(sealing));
  // What is in a directory comes before it: so each can be removed in turn.
  const deepestFirst = { command: 'sort', args: ['-z', '-r'], env: { LC_ALL: 'C' } };
  await destination.seal(name, sealing, [deepestFirst], async (stdin) => {
    const writer = new PathWriter(stdin, '\0', () => {});
    for await (const batch of list.read())
      for (const known of batch) await writer.add(formatGone(known.path, needed.needs(known)));
    await writer.flush();
  });
  return [name];
}

/** Returns how many paths are in the list. */
async function writeState(
  { header, records, overrides }: Conclusion,
  state: string,
  list: Records,
  needed: NeededLinks,
): Promise<number> {
  const retained = new Set(header.parts.map(({ number }) => number));
  let count = 0;
  const gonePaths = new GoneList(({ path, parts }) => {
    count += 1;
    return list.add(formatKnown(parts, gone, path));
  });
  await sealFile(state, { cipher: 'none' }, [], async (stdin) => {
    const writer = new PathWriter(stdin, '\0', () => {});
    await writer.add(fromText(JSON.stringify(header)));
    for await (const batch of records.read()) {
      for (const known of batch) {
        const { parts, fingerprint } = overrides.apply(known, retained);
        if (parts === '') continue; // gone, and no part has it any more
        const { path } = known;
        await writer.add(formatKnown(parts, fingerprint, path));
        if (fingerprint === gone) await gonePaths.gone({ path, parts });
        else {
          needed.alive(parts);
          await gonePaths.alive(path);
        }
      }
    }
    await writer.flush();
    await gonePaths.end();
  });
  await list.close();
  return count;
}
