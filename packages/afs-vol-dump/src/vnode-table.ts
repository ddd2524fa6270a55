import type { Vnode } from './dump-format.ts';

/** Where the newest content of a vnode is: in which dump of a chain, and where in that. */
export interface Extent {
  readonly dump: number;
  readonly start: number;
  readonly length: number;
}

/**
 * The newest content of each vnode of a chain, by the vnode's number. The numbers are dense, so arrays of numbers do: a volume of a
 * million files takes some 25 MB.
 */
export class VnodeTable {
  #uniquifiers = new Uint32Array(1024);
  /** One more than the number of the dump: 0 where there is none. */
  #dumps = new Uint16Array(1024);
  #starts = new Float64Array(1024);
  #lengths = new Float64Array(1024);

  set(dump: number, { number, uniquifier, start, length }: Vnode): void {
    if (number >= this.#dumps.length) this.#grow(number + 1);
    this.#uniquifiers[number] = uniquifier;
    this.#dumps[number] = dump + 1;
    this.#starts[number] = start;
    this.#lengths[number] = length;
  }

  /** Undefined where no dump has that vnode: another one may have had its number. */
  get({ number, uniquifier }: Pick<Vnode, 'number' | 'uniquifier'>): Extent | undefined {
    const dump = this.#dumps[number];
    if (!dump || this.#uniquifiers[number] !== uniquifier) return undefined;
    return { dump: dump - 1, start: this.#starts[number] ?? 0, length: this.#lengths[number] ?? 0 };
  }

  #grow(atLeast: number): void {
    const length = Math.max(atLeast, this.#dumps.length * 2);
    const grown = <T extends { set(from: T): void }>(larger: T, old: T): T => {
      larger.set(old);
      return larger;
    };
    this.#uniquifiers = grown(new Uint32Array(length), this.#uniquifiers);
    this.#dumps = grown(new Uint16Array(length), this.#dumps);
    this.#starts = grown(new Float64Array(length), this.#starts);
    this.#lengths = grown(new Float64Array(length), this.#lengths);
  }
}
