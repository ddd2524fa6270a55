import type { BytePath } from 'path-stream';
import { type Aliases, canonical } from './aliases.ts';

/** dpkg-divert(1): `from` is kept for `by`; every other package's file of that name lies at `to`. */
export interface Diversion {
  readonly from: BytePath;
  readonly to: BytePath;
  /** The package that diverts; `:` for a local diversion. */
  readonly by: string;
}

/** Parses /var/lib/dpkg/diversions: three lines each. */
export function parseDiversions(content: string): Diversion[] {
  const lines = content.split('\n');
  const diversions: Diversion[] = [];
  for (let i = 0; i + 2 < lines.length; i += 3) {
    const [from, to, by] = lines.slice(i, i + 3);
    if (from && to && by) diversions.push({ from, to, by });
  }
  return diversions;
}

/** Where packages' files are: the names in dpkg's lists, with diversions and the /usr merge applied. */
export class Places {
  readonly #aliases: Aliases;
  readonly #exact = new Map<BytePath, Diversion>();
  readonly #aliased = new Map<BytePath, Diversion>();

  constructor(diversions: readonly Diversion[], aliases: Aliases) {
    this.#aliases = aliases;
    for (const one of diversions) {
      this.#exact.set(one.from, one);
      this.#aliased.set(canonical(one.from, aliases), one);
    }
  }

  /**
   * dpkg takes the two names of a file on a merged-/usr system for two files, and packages divert both: the diversion of the
   * very name counts, and only without one that of the other name.
   */
  of(path: BytePath, packageName: string): BytePath {
    const plain = canonical(path, this.#aliases);
    const diversion = this.#exact.get(path) ?? this.#exact.get(plain) ?? this.#aliased.get(plain);
    if (diversion === undefined || diversion.by === packageName) return plain;
    return canonical(diversion.to, this.#aliases);
  }
}
