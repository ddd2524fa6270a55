import { type Glob, isByte, matches } from './glob.ts';
import { type Name, textOf } from './name.ts';

/** What a table finds by a name. */
export interface Entry {
  readonly glob: Glob;
  readonly rule: number;
  readonly directoryOnly: boolean;
}

/** Entries that want the same byte at one end of a name, the last rule first. */
interface Bucket {
  /** Which bytes one of them can have next to that one: one look rejects most names. */
  readonly neighbours: Uint8Array;
  readonly globs: Entry[];
  /** Those without wildcards, by name. */
  readonly literals: Map<string, Entry[]>;
}

const slash = 0x2f;

/**
 * Rules by the names they match. Each waits under the last byte it wants, else under the first, so that most names
 * meet none.
 */
export class NameTable {
  readonly #byLast: (Bucket | undefined)[] = emptyBuckets();
  readonly #byFirst: (Bucket | undefined)[] = emptyBuckets();
  readonly #others: Entry[] = [];

  /** Takes entries with the last rule first. */
  constructor(entries: readonly Entry[]) {
    for (const entry of entries) {
      const { steps } = entry.glob;
      const [first, second] = steps;
      const last = steps.at(-1);
      if (isByte(last)) insert(this.#byLast, last, steps.length === 1 ? slash : steps.at(-2), entry);
      else if (isByte(first)) insert(this.#byFirst, first, second, entry);
      else this.#others.push(entry);
    }
  }

  /** The last rule that matches a name, -1 for none. */
  find(name: Name): number {
    const { bytes, from, to } = name;
    const ending = this.#byLast[bytes[to - 1] as number];
    const starting = this.#byFirst[bytes[from] as number];
    let best = -1;
    if (ending !== undefined && ending.neighbours[bytes[to - 2] as number] === 1) {
      if (ending.literals.size > 0) best = lookUp(ending.literals, name);
      best = search(ending.globs, best, name);
    }
    // The byte after a name of one byte can be any, or none.
    if (starting !== undefined && starting.neighbours[bytes[from + 1] as number] !== 0)
      best = search(starting.globs, best, name);
    return this.#others.length === 0 ? best : search(this.#others, best, name);
  }
}

function emptyBuckets(): (Bucket | undefined)[] {
  return Array.from({ length: 256 }, () => undefined);
}

function insert(buckets: (Bucket | undefined)[], byte: number, next: number | undefined, entry: Entry): void {
  const bucket: Bucket = buckets[byte] ?? { neighbours: new Uint8Array(256), globs: [], literals: new Map() };
  buckets[byte] = bucket;
  if (isByte(next)) bucket.neighbours[next] = 1;
  else bucket.neighbours.fill(1);
  const { literal } = entry.glob;
  if (literal === undefined) bucket.globs.push(entry);
  else bucket.literals.set(literal, [...(bucket.literals.get(literal) ?? []), entry]);
}

function lookUp(literals: Bucket['literals'], name: Name): number {
  const found = literals.get(textOf(name));
  return found?.find(({ directoryOnly }) => name.isDirectory || !directoryOnly)?.rule ?? -1;
}

/** The last rule that matches, of those behind the best one so far. */
function search(entries: readonly Entry[], best: number, name: Name): number {
  for (const { glob, rule, directoryOnly } of entries) {
    if (rule <= best) break;
    if ((name.letters & glob.letters) !== glob.letters) continue;
    if ((name.isDirectory || !directoryOnly) && matches(glob, name)) return rule;
  }
  return best;
}
