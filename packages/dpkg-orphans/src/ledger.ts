import type { Class } from './classify.ts';

/** Counts every entry that a walk comes to, once: the classes add up to the walk. */
export class Ledger {
  readonly #classes = new Map<Class, number>();
  #walked = 0;

  count(found: Class, entries: number): void {
    this.#walked += entries;
    this.#classes.set(found, (this.#classes.get(found) ?? 0) + entries);
  }

  has(found: Class): boolean {
    return this.#classes.has(found);
  }

  /** `{"walked":3,"classes":{"intact":2,"orphan":1}}` */
  format(): string {
    const classes = Object.fromEntries([...this.#classes].sort(([a], [b]) => (a < b ? -1 : 1)));
    return `${JSON.stringify({ walked: this.#walked, classes })}\n`;
  }
}
