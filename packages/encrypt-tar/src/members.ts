import { createHash } from 'node:crypto';
import type { Entry } from './entry.ts';

/**
 * Stands for the members of an archive in their order, be they read from it or from its index: so the two can be compared without
 * one being kept until the other has gone by. What tells one archive from another counts, and no more: that owners, modes and
 * digests are those of the index is for --check and --compare to say, path by path.
 */
export class MembersDigest {
  readonly #hash = createHash('sha256');

  add({ path, type, size, mtime, link }: Entry): void {
    this.#hash.update(`${JSON.stringify([path, type, size, mtime, link])}\n`);
  }

  /** After the last member. */
  end(): string {
    return this.#hash.digest('hex');
  }
}
