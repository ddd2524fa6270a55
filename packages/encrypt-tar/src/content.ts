import { createHash, hash } from 'node:crypto';
import { failure } from 'command-line';
import type { Header } from './tar-stream.ts';

/** The digest of a member's content, taken from its data as it passes. */
export interface Content {
  update(piece: Buffer): void;
  /** SHA-256 in hexadecimal; undefined where the content was not followed. */
  digest(): string | undefined;
}

/** Larger holes are not read: a file that has more of them than this, in bytes, has no digest. */
export const mostHoles: number = 1 << 28;

/** What follows the content of a file. */
export function contentOf(header: Header): Content {
  return header.sparse ? new SparseContent(header.size, header.stored) : new PlainContent(header.size);
}

/** Data that is the content itself, and then what fills up the last block. */
class PlainContent implements Content {
  #left: number;
  #hash: ReturnType<typeof createHash> | undefined;
  #digest: string | undefined;

  constructor(size: number) {
    this.#left = size;
    if (size === 0) this.#digest = hash('sha256', '');
  }

  update(piece: Buffer): void {
    if (this.#left === 0) return; // what fills up the last block
    const content = piece.length > this.#left ? piece.subarray(0, this.#left) : piece;
    // Most files come in one piece: that is digested at a fraction of the cost.
    if (this.#hash === undefined && content.length === this.#left) this.#digest = hash('sha256', content);
    else {
      this.#hash ??= createHash('sha256');
      this.#hash.update(content);
    }
    this.#left -= content.length;
  }

  digest(): string {
    return this.#digest ?? this.#hash?.digest('hex') ?? '';
  }
}

/**
 * Data that starts with a map: the number of pieces, then the place and the length of each, a decimal number a line, filled
 * up with NUL to a whole block; then the pieces. What is in between are holes, which read as zeros.
 */
class SparseContent implements Content {
  readonly #size: number;
  readonly #hash = createHash('sha256');
  readonly #followed: boolean;
  readonly #map = new HoleMap();
  #piece = 0;
  #at = 0;

  constructor(size: number, stored: number) {
    this.#size = size;
    this.#followed = size - stored <= mostHoles;
  }

  update(piece: Buffer): void {
    if (!this.#followed) return;
    for (let from = this.#map.take(piece); from < piece.length; ) {
      const next = this.#map.pieces[this.#piece];
      if (next === undefined) return; // what fills up the last block
      this.#zeros(next.at - this.#at);
      const end = next.at + next.length;
      const data = piece.subarray(from, from + end - Math.max(this.#at, next.at));
      this.#hash.update(data);
      this.#at = Math.max(this.#at, next.at) + data.length;
      from += data.length;
      if (this.#at === end) this.#piece += 1;
    }
  }

  digest(): string | undefined {
    if (!this.#followed) return undefined;
    this.#zeros(this.#size - this.#at);
    return this.#hash.digest('hex');
  }

  #zeros(length: number): void {
    for (let left = length; left > 0; left -= zeros.length)
      this.#hash.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
  }
}

const zeros = Buffer.alloc(1 << 16);

/** The map before the data, as it comes in. */
class HoleMap {
  readonly pieces: { readonly at: number; readonly length: number }[] = [];
  #text = '';
  #length = 0;
  #count: number | undefined;
  #at: number | undefined;
  #missing = 1;

  /** Takes of a piece what belongs to the map, and tells how much that was. */
  take(piece: Buffer): number {
    let from = 0;
    while (from < piece.length && (this.#missing > 0 || this.#length % 512 !== 0)) {
      const block = piece.subarray(from, from + 512 - (this.#length % 512));
      from += block.length;
      this.#length += block.length;
      if (this.#missing > 0) this.#read(block.toString('latin1'));
    }
    return from;
  }

  #read(block: string): void {
    const lines = (this.#text + block).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#number(Number(line));
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw failure('archive', 'a map of holes that is none');
    const first = this.#count === undefined;
    this.#missing = first ? 2 * value : this.#missing - 1;
    if (first) this.#count = value;
    else if (this.#at === undefined) this.#at = value;
    else {
      if (value > 0) this.pieces.push({ at: this.#at, length: value });
      this.#at = undefined;
    }
  }
}
