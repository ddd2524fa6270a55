import type { BytePath } from 'path-stream';
import type { Class } from './classify.ts';

/** Counts every entry that a walk comes to, once: the classes add up to the walk. */
export class Ledger {
  readonly #classes = new Map<Class, number>();
  readonly #binds: [BytePath, BytePath][] = [];
  #walked = 0;

  count(found: Class, entries: number): void {
    this.#walked += entries;
    this.#classes.set(found, (this.#classes.get(found) ?? 0) + entries);
  }

  has(found: Class): boolean {
    return this.#classes.has(found);
  }

  /** Something was not entered, because the same is walked under another name. */
  addBind(path: BytePath, shownAt: BytePath): void {
    this.#binds.push([path, shownAt]);
  }

  /** `{"walked":3,"classes":{"intact":2,"orphan":1},"binds":[["/srv/a/","/b/"]]}`, each byte of a path a character */
  format(): string {
    const classes = Object.fromEntries([...this.#classes].sort(([a], [b]) => (a < b ? -1 : 1)));
    return `${JSON.stringify({ walked: this.#walked, classes, binds: this.#binds })}\n`;
  }
}
