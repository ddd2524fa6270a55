import type { BytePath } from 'path-stream';
import { gone, type Known, newestPart, unsettled, withClass, withPart } from './state.ts';

/** What a record is to say, where that is known only after it was written. */
interface Override {
  /** Parts that have the path beside those in the record, newest first. */
  readonly parts: string;
  readonly fingerprint: string;
}

/** What became of some paths after their records were written: few, so they are kept in memory. */
export class Overrides {
  readonly #overrides = new Map<BytePath, Override>();
  #last = { all: '', parts: '', isStored: false };

  /** One more part has the path, as it was with this fingerprint; as one of the `links` of an inode, if that is given. */
  packed(path: BytePath, part: number, fingerprint: string, links?: string): void {
    const parts = withPart(part, this.#overrides.get(path)?.parts ?? '', links);
    this.#overrides.set(path, { parts, fingerprint });
  }

  /** It is in the parts of before, but not as it was with the fingerprint on record. */
  mark(path: BytePath, as: typeof gone | typeof unsettled): void {
    this.#overrides.set(path, { parts: this.#overrides.get(path)?.parts ?? '', fingerprint: as });
  }

  /**
   * A record as it is to be. Parts that are not retained have gone from it; so has 0, which stands for one not known yet. `isStored`: the
   * newest of them is retained.
   */
  apply(
    { path, parts, fingerprint }: Known,
    retained: ReadonlySet<number>,
  ): { parts: string; fingerprint: string; isStored: boolean } {
    const override = this.#overrides.get(path);
    const all = override === undefined || override.parts === '' ? parts : `${override.parts},${parts}`;
    // The same lists come again and again.
    if (this.#last.all !== all) this.#last = { all, ...partsOf(all, retained) };
    return {
      parts: this.#last.parts,
      fingerprint: override === undefined ? fingerprint : overriding(override.fingerprint, fingerprint),
      isStored: this.#last.isStored,
    };
  }
}

/** A mark says nothing of what it is a mark on. */
function overriding(override: string, fingerprint: string): string {
  return override === gone || override === unsettled ? withClass(override, fingerprint) : override;
}

function partsOf(all: string, retained: ReadonlySet<number>): { parts: string; isStored: boolean } {
  const parts = all.split(',').filter((part) => retained.has(newestPart(part)));
  return { parts: parts.join(), isStored: retained.has(newestPart(all)) };
}
