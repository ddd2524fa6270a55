import type { BytePath } from 'path-stream';

/**
 * Names all paths of a list but those at or below some, in as few names as can be, where a name stands for all below it:
 * only beside what is left out is every name by itself. Undefined where nothing of it is in the list.
 */
export class Covering {
  readonly #without: readonly BytePath[];
  readonly #above: readonly BytePath[];
  readonly #names = new Set<BytePath>();
  #leftOut = false;

  constructor(without: readonly BytePath[]) {
    this.#without = without;
    this.#above = [...new Set(without.flatMap(directoriesAbove))].sort((a, b) => b.length - a.length);
  }

  add(path: BytePath): void {
    const plain = path.replace(/(.)\/$/, '$1');
    if (this.#without.some((out) => plain === out || plain.startsWith(`${out}/`))) this.#leftOut = true;
    else {
      const above = this.#above.find((directory) => plain.startsWith(directory));
      // A directory on the way to what is left out comes back with what is beside that.
      if (above === undefined || this.#above.includes(`${plain}/`) || plain === '/') return;
      const end = plain.indexOf('/', above.length);
      this.#names.add(end === -1 ? plain : plain.slice(0, end));
    }
  }

  /** The names; undefined where all is to be taken. */
  get names(): readonly BytePath[] | undefined {
    return this.#leftOut ? [...this.#names] : undefined;
  }
}

/** `/`, `/a/`, `/a/b/` of `/a/b/c`. */
function directoriesAbove(path: BytePath): BytePath[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index + 1));
}
