import { Pace } from 'command-line';

/** Counts the volumes of a run that are dealt with, and the bytes that came of them. */
export class VolumeProgress {
  readonly #pace = new Pace();
  readonly #all: number;
  #done = 0;
  #bytes = 0;

  constructor(all: number) {
    this.#all = all;
  }

  /** One more volume is dealt with. */
  pass(): void {
    this.#done += 1;
  }

  bytes(count: number): void {
    this.#bytes += count;
  }

  text(): string {
    return this.#pace.text({ paths: this.#done, unit: 'volumes', ofPaths: this.#all, bytes: this.#bytes });
  }
}
