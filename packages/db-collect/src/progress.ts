import { Pace } from 'command-line';

/** Counts what is dealt with, and the bytes that came of it. */
export class Progress {
  readonly #pace = new Pace();
  #all = 0;
  #done = 0;
  #bytes = 0;

  expect(more: number): void {
    this.#all += more;
  }

  pass(): void {
    this.#done += 1;
  }

  bytes(count: number): void {
    this.#bytes += count;
  }

  text(): string {
    return this.#pace.text({ paths: this.#done, unit: 'databases', ofPaths: this.#all, bytes: this.#bytes });
  }
}
