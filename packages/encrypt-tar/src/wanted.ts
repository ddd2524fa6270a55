import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import { type Call, inputPaths, type Report, usageError } from 'command-line';
import { type BytePath, escapePath, withoutSlash } from 'path-stream';
import type { command } from './options.ts';
import { sortPaths } from './sorted.ts';

type SelectCall = Call<(typeof command)['options']>;

/** The paths that are asked for: each stands for itself and all below it. */
export class Wanted {
  readonly #paths: ReadonlySet<BytePath>;
  readonly #above: ReadonlySet<BytePath>;
  readonly #found = new Set<BytePath>();

  constructor(paths: ReadonlySet<BytePath>) {
    this.#paths = paths;
    this.#above = new Set([...paths].flatMap(parentsOf));
  }

  /** Whether a path is to be taken. The directories above what is asked for are, for their owner and mode. */
  takes(path: BytePath): boolean {
    const plain = withoutSlash(path);
    const reason = [plain, ...parentsOf(plain)].find((one) => this.#paths.has(one));
    if (reason !== undefined) this.#found.add(reason);
    return reason !== undefined || (path.endsWith('/') && this.#above.has(plain));
  }

  /** What was asked for and never came up is a loss. */
  tellMissing(report: Report): void {
    for (const path of this.#paths)
      if (!this.#found.has(path)) report.loss(escapePath(path), 'not found in the archives');
  }
}

/** Reads the wanted paths from a file or stdin (`-`); undefined where `/` is among them: then that is everything. */
export async function readWanted(call: SelectCall, select: string): Promise<Wanted | undefined> {
  const wanted = new Set<BytePath>();
  const source = { ...call, operands: [], ...(select !== '-' && { stdin: () => createReadStream(select) }) };
  await sortPaths(inputPaths(source, call.options), call.report, async (batches) => {
    for await (const batch of batches) for (const path of batch) wanted.add(path);
  });
  if (wanted.size === 0) throw usageError('--select', 'no paths given', 'leave it out to restore everything');
  return wanted.has('/') ? undefined : new Wanted(wanted);
}

function parentsOf(path: BytePath): BytePath[] {
  const parents: BytePath[] = [];
  for (let at = path; at !== '/'; at = posix.dirname(at)) parents.push(posix.dirname(at));
  return parents;
}
