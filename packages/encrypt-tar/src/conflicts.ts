import type { BytePath } from 'path-stream';
import { unfitForLine } from './gone.ts';
import { classOf, type Known, linkedIn, newestPart, type PathClass } from './state.ts';

/**
 * Finds the parts of before that cannot be unpacked before this run's by tar alone: they have a path that was a directory and is something
 * else now, or the other way. tar would put what is below a directory into what a link of before leads to, or could not put a
 * file where a directory is. Such parts are packed anew. So of any path, all parts have the same class.
 *
 * It is to see every path of this run and of the last, in byte order: what is below a path starts with it, and follows it, with
 * nothing between that does not.
 */
export class Conflicts {
  /** The parts, by their numbers. */
  readonly parts = new Set<number>();
  /** What was there, is gone, and was no directory, as long as something below it may follow. */
  readonly #gone: Known[] = [];
  /** What is no directory now, as long as something that was below it may follow. */
  readonly #others: BytePath[] = [];

  /** A path as the last run knew it, and as it is now; undefined where it did not know it, or where it is gone. */
  see(path: BytePath, known: Known | undefined, now: PathClass | undefined): void {
    while (isPast(this.#gone.at(-1)?.path, path)) this.#gone.pop();
    while (isPast(this.#others.at(-1), path)) this.#others.pop();
    if (now === undefined) this.#seeGone(path, known);
    else this.#seeThere(path, known, now);
  }

  #seeThere(path: BytePath, known: Known | undefined, now: PathClass): void {
    if (known !== undefined && classOf(known.fingerprint) !== now) this.#add(known);
    if (this.#gone.length > 0) this.#seeBelowGone(path);
    if (now === '-') this.#others.push(path);
  }

  #seeBelowGone(path: BytePath): void {
    for (const gone of this.#gone.filter((one) => isBelow(path, one.path))) {
      this.#add(gone);
      this.#gone.splice(this.#gone.indexOf(gone), 1);
    }
  }

  #seeGone(path: BytePath, known: Known | undefined): void {
    if (known === undefined) return;
    // Others are left out when unpacking by hand: see formatGone.
    const unpacked = unfitForLine.test(path) || linkedIn(known.parts).length > 0;
    if (unpacked && this.#others.some((other) => isBelow(path, other))) this.#add(known);
    if (classOf(known.fingerprint) === '-') this.#gone.push(known);
  }

  #add({ parts }: Known): void {
    for (const part of parts.split(',')) this.parts.add(newestPart(part));
  }
}

function isPast(open: BytePath | undefined, path: BytePath): boolean {
  return open !== undefined && !path.startsWith(open);
}

function isBelow(path: BytePath, above: BytePath): boolean {
  return path.startsWith(above) && path.charCodeAt(above.length) === 0x2f;
}
