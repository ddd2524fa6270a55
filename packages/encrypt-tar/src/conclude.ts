import { join } from 'node:path';
import type { Report } from 'command-line';
import { escapePath, fromText, PathWriter } from 'path-stream';
import { type Destination, type Sealing, sealedSuffix, sealFile } from 'sealed-file';
import { formatGone, GoneList, NeededLinks, unfitForLine } from './gone.ts';
import type { Overrides } from './overrides.ts';
import { goneName } from './parts.ts';
import { Records } from './records.ts';
import { formatHeader, formatKnown, gone, isGone, type StateHeader, withClass } from './state.ts';

/** What is known at the end of a run. */
export interface Conclusion {
  readonly header: StateHeader;
  readonly records: Records;
  readonly overrides: Overrides;
  readonly destination: Destination;
  readonly sealing: Sealing;
  readonly report: Report;
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
  { header, records, overrides, report }: Conclusion,
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
    for (const record of formatHeader(header)) await writer.add(fromText(record));
    for await (const batch of records.read()) {
      for (const known of batch) {
        const { path } = known;
        const { parts, fingerprint, isStored } = overrides.apply(known, retained);
        const isAlive = !isGone({ fingerprint });
        if (isAlive && !isStored)
          report.loss(escapePath(path), 'in no archive: this is a defect, please report it');
        if (parts === '') continue; // no part has it any more
        if (isAlive && isStored) {
          const isSame = parts === known.parts && fingerprint === known.fingerprint;
          const full = writer.add(isSame ? known.raw : formatKnown(parts, fingerprint, path));
          if (full !== undefined) await full; // to wait for nothing takes time, a million times
          needed.unpacked(parts);
          const taken = gonePaths.alive(path);
          if (taken !== undefined) await taken;
        } else {
          await writer.add(formatKnown(parts, withClass(gone, fingerprint), path));
          if (unfitForLine.test(path)) needed.unpacked(parts);
          await gonePaths.gone({ path, parts });
        }
      }
    }
    await writer.flush();
    await gonePaths.end();
  });
  await list.close();
  return count;
}
