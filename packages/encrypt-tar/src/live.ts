import type { Readable, Writable } from 'node:stream';
import { runPipeline } from 'command-line';
import { type BytePath, PathWriter, readPaths, withoutSlash } from 'path-stream';
import { type Opening, openSealed } from 'sealed-file';
import { goneFrom } from './gone.ts';
import { findGone, readIndex, readParts } from './parts.ts';

/** A path of a directory of archives, and where it is: the part, and its place among the members of the part's archive. */
export interface Live {
  /** A directory ends in a slash. */
  readonly path: BytePath;
  readonly part: number;
  readonly place: number;
}

/** Behind all parts: the list of what is gone has the last word. */
const afterAll = 999_999;
const digits = { part: 6, place: 9 } as const;
const pathAt = digits.part + digits.place + 1;

/**
 * Hands the paths of a directory of archives to `take`, in byte order, in batches. Of a path that several parts have, the last one
 * counts; what is on the list of the deleted is not in the directory. sort(1) brings them together in flat memory.
 */
export async function readLive(
  directory: string,
  opening: Opening,
  take: (live: AsyncIterable<readonly Live[]>) => Promise<void>,
): Promise<void> {
  const byPath = { command: 'sort', args: ['-z', '-s', `-k1.${pathAt + 1}`], env: { LC_ALL: 'C' } };
  await runPipeline([byPath], {
    input: (stdin) => writeAll(directory, opening, stdin),
    output: (stdout) => take(lastOfEach(stdout)),
  });
}

async function writeAll(directory: string, opening: Opening, stdin: Writable): Promise<void> {
  const lines = new PathWriter(stdin, '\0', () => {});
  for (const { number, index } of readParts(directory)) {
    let place = 0;
    await readIndex(index, opening, async (batches) => {
      for await (const batch of batches)
        for (const record of batch)
          if ('archive' in record)
            await lines.add(format({ part: number, place: place++, path: record.path }));
    });
  }
  const gone = findGone(directory);
  if (gone !== undefined)
    await openSealed(gone, opening, [], async (plain) => {
      for await (const batch of readPaths(plain, '\0'))
        for (const name of batch) await lines.add(format({ part: afterAll, place: 0, path: goneFrom(name) }));
    });
  await lines.flush();
}

/** A letter before the path keeps what a slash at its end would tell: paths are compared without. */
function format({ part, place, path }: Live): string {
  const plain = withoutSlash(path);
  const letter = path.endsWith('/') ? 'd' : '-';
  return `${String(part).padStart(digits.part, '0')}${String(place).padStart(digits.place, '0')}${letter}${plain}`;
}

async function* lastOfEach(sorted: Readable): AsyncGenerator<Live[]> {
  let last: string | undefined;
  for await (const batch of readPaths(sorted, '\0')) {
    const live: Live[] = [];
    for (const line of batch) {
      if (last !== undefined && last.slice(pathAt) !== line.slice(pathAt)) pushLive(last, live);
      last = line;
    }
    yield live;
  }
  const live: Live[] = [];
  if (last !== undefined) pushLive(last, live);
  yield live;
}

function pushLive(line: string, live: Live[]): void {
  const part = Number(line.slice(0, digits.part));
  if (part === afterAll) return;
  const plain = line.slice(pathAt);
  const path = line[pathAt - 1] === 'd' && plain !== '/' ? `${plain}/` : plain;
  live.push({ path, part, place: Number(line.slice(digits.part, pathAt - 1)) });
}
