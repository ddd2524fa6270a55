import { Pace } from 'command-line';

/** Counts what is dealt with. */
export class Progress {
  readonly #pace = new Pace();
  #all = 0;
  #done = 0;

  expect(more: number): void {
    this.#all += more;
  }

  pass(): void {
    this.#done += 1;
  }

  text(bytes: number): string {
    return this.#pace.text({ paths: this.#done, unit: 'databases', ofPaths: this.#all, bytes });
  }
}
