import { statSync } from 'node:fs';
import { Pace } from 'command-line';
import type { BytePath } from 'path-stream';
import type { Passage } from './filter.ts';

/** Counts the paths of a run, as they come in and as they are dealt with. */
export class PathProgress {
  readonly #pace = new Pace();
  #come = 0;
  #all: number | undefined;
  #passed = 0;

  /** How many have come in. */
  get count(): number {
    return this.#come;
  }

  /** Counts what comes in. */
  async *counting(batches: AsyncIterable<readonly BytePath[]>): AsyncGenerator<readonly BytePath[]> {
    for await (const batch of batches) {
      this.#come += batch.length;
      yield batch;
    }
    this.#all = this.#come;
  }

  /** One more has been dealt with. */
  pass(): void {
    this.#passed += 1;
  }

  /** `packed`: how many bytes have been, and how many of the paths that have been dealt with are still to be; where that is known. */
  text(packed?: { readonly bytes: number; readonly pending: number }): string {
    const ofPaths = this.#all;
    if (ofPaths === undefined) return `${this.#come} paths found`;
    const paths = Math.max(0, this.#passed - (packed?.pending ?? 0));
    return this.#pace.text({ paths, ofPaths, bytes: packed?.bytes, share: paths / ofPaths });
  }
}

/** Counts what comes out of archives; how much is left goes by the sizes of those that are not open yet. */
export class ArchiveProgress {
  readonly #pace = new Pace();
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #all: number;
  #opened = 0;
  #paths = 0;
  #bytes = 0;

  constructor(archives: readonly string[]) {
    const sizeOf = (archive: string): number => statSync(archive, { throwIfNoEntry: false })?.size ?? 0;
    this.#sizes = new Map(archives.map((archive) => [archive, sizeOf(archive)]));
    this.#all = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
  }

  /** A member of which this becomes. */
  member(passage: Passage): Passage {
    if (passage.pass) this.#paths += 1;
    return passage;
  }

  bytes(count: number): void {
    this.#bytes += count;
  }

  /** An archive has been opened to its end. */
  opened(archive: string): void {
    this.#opened += this.#sizes.get(archive) ?? 0;
  }

  text(): string {
    return this.#pace.text({ paths: this.#paths, bytes: this.#bytes, share: this.#opened / this.#all });
  }
}
