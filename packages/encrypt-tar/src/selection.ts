import { createReadStream, lstatSync, rmdirSync, unlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Call, errorCode, inputPaths, usageError } from 'command-line';
import { type BytePath, toFs, withoutSlash } from 'path-stream';
import type { Opening } from 'sealed-file';
import { indexFile, readIndex } from './index-file.ts';
import type { command } from './options.ts';
import { sortPaths } from './sorted.ts';

type SelectCall = Call<(typeof command)['options']>;

/** What a partial restore takes out of the archives. The files are lists for tar. */
export interface Selection {
  /** What is wanted, with all below it. */
  readonly whole: string;
  /** The directories above that, for their owner and mode. */
  readonly parents: string;
  /** Files that are taken only because something wanted is a hard link to them. */
  readonly linkedList: string;
  readonly linked: readonly BytePath[];
}

/**
 * Reads the wanted paths, and asks the index, where there is one, what else is needed for them. A path stands for
 * itself and all below it; `/` for everything: then there is nothing to select.
 */
export async function readSelection(
  call: SelectCall,
  select: string,
  workshop: string,
  opening: Opening,
): Promise<Selection | undefined> {
  const wanted = new Set<BytePath>();
  const source = { ...call, operands: [], ...(select !== '-' && { stdin: () => createReadStream(select) }) };
  await sortPaths(inputPaths(source, call.options), call.report, async (batches) => {
    for await (const batch of batches) for (const path of batch) wanted.add(path);
  });
  // With an empty list tar would take everything.
  if (wanted.size === 0) throw usageError('--select', 'no paths given', 'leave it out to restore everything');
  if (wanted.has('/')) return undefined; // everything
  const above = new Set([...wanted].flatMap(parentsOf));
  const isWanted = (path: BytePath): boolean =>
    wanted.has(path) || parentsOf(path).some((p) => wanted.has(p));
  const linked = new Set<BytePath>();
  const parents: BytePath[] = [];
  const { directory } = call.options;
  if (directory !== undefined)
    await readIndex(indexFile(directory), opening, async (batches) => {
      for await (const batch of batches)
        for (const record of batch) {
          if ('remark' in record) continue;
          const path = withoutSlash(record.path);
          if (isWanted(path)) {
            if (record.link !== undefined && !isWanted(record.link)) linked.add(record.link);
          } else if (above.has(path)) parents.push(path);
        }
    });
  return {
    // tar would miss what is named again below a name that it has taken already.
    whole: await writeList(
      join(workshop, 'whole'),
      [...wanted].filter((path) => !parentsOf(path).some((parent) => wanted.has(parent))),
    ),
    parents: await writeList(join(workshop, 'parents'), parents),
    linkedList: await writeList(join(workshop, 'linked'), linked),
    linked: [...linked],
  };
}

/** Writes paths as tar takes them: relative to `/`, NUL-terminated. */
async function writeList(file: string, paths: Iterable<BytePath>): Promise<string> {
  const names = [...paths].map((path) => `${path === '/' ? '.' : path.slice(1)}\0`);
  await writeFile(file, Buffer.from(names.join(''), 'latin1'), { mode: 0o600 });
  return file;
}

/** Takes out of an unpacked tree what was needed for its links alone. */
export function removeLinked(tree: BytePath, linked: readonly BytePath[]): void {
  for (const path of linked) {
    if (lstatSync(toFs(tree + path), { throwIfNoEntry: false }) === undefined) continue;
    unlinkSync(toFs(tree + path));
    removeEmpty(tree, posix.dirname(path));
  }
}

/** Removes a directory that tar made on the way to something, and those above it, as long as they are empty. */
function removeEmpty(tree: BytePath, path: BytePath): void {
  for (let at = path; at !== '/'; at = posix.dirname(at)) {
    try {
      rmdirSync(toFs(tree + at));
    } catch (error) {
      if (errorCode(error) === 'ENOTEMPTY') return;
      throw error;
    }
  }
}

function parentsOf(path: BytePath): BytePath[] {
  const parents: BytePath[] = [];
  for (let at = path; at !== '/'; at = posix.dirname(at)) parents.push(posix.dirname(at));
  return parents;
}
