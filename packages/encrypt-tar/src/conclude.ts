import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fromText, PathWriter } from 'path-stream';
import { type Sealing, sealedSuffix, sealFile } from 'sealed-file';
import { GoneList } from './gone.ts';
import type { Overrides } from './overrides.ts';
import { goneName } from './parts.ts';
import type { Records } from './records.ts';
import { formatKnown, gone, type StateHeader } from './state.ts';

/** What is known at the end of a run. */
export interface Conclusion {
  readonly header: StateHeader;
  readonly records: Records;
  readonly overrides: Overrides;
  readonly directory: string;
  readonly sealing: Sealing;
  /** Where temporary files go. */
  readonly workshop: string;
}

/**
 * Writes the state for the next run, and seals the list of paths that archives have and the directory does not, if there are any.
 * Returns the name of that list.
 */
export async function conclude(conclusion: Conclusion, state: string): Promise<string[]> {
  const list = join(conclusion.workshop, 'gone');
  const count = await writeState(conclusion, state, list);
  if (count === 0) return [];
  const { directory, sealing } = conclusion;
  const name = goneName(sealedSuffix(sealing));
  // What is in a directory comes before it: so each can be removed in turn.
  const deepestFirst = { command: 'sort', args: ['-z', '-r', '--', list], env: { LC_ALL: 'C' } };
  await sealFile(join(directory, name), sealing, [deepestFirst], undefined);
  return [name];
}

/** Returns how many paths are in the list. */
async function writeState(
  { header, records, overrides }: Conclusion,
  state: string,
  list: string,
): Promise<number> {
  const retained = new Set(header.parts.map(({ number }) => number));
  const stream = createWriteStream(list, { mode: 0o600, flags: 'wx' });
  stream.on('error', () => {}); // heard by whoever writes
  const deleted = new PathWriter(stream, '\0', () => {});
  let count = 0;
  const gonePaths = new GoneList((path) => {
    count += 1;
    return deleted.add(path === '/' ? '.' : path.slice(1));
  });
  await sealFile(state, { cipher: 'none' }, [], async (stdin) => {
    const writer = new PathWriter(stdin, '\0', () => {});
    await writer.add(fromText(JSON.stringify(header)));
    for await (const batch of records.read()) {
      for (const known of batch) {
        const { parts, fingerprint } = overrides.apply(known, retained);
        if (parts === '') continue; // gone, and no part has it any more
        await writer.add(formatKnown(parts, fingerprint, known.path));
        await (fingerprint === gone ? gonePaths.gone(known.path) : gonePaths.alive(known.path));
      }
    }
    await writer.flush();
    await gonePaths.end();
  });
  await deleted.flush();
  stream.end();
  await finished(stream);
  return count;
}
