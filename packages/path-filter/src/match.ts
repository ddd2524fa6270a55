import type { BytePath } from 'path-stream';
import { type Place, Places } from './places.ts';
import type { Rule } from './rules.ts';

interface Level {
  /** Where the directory's name ends, behind its slash. */
  readonly end: number;
  /** The rule that excludes it or one above it. */
  readonly excludedBy: Rule | undefined;
  readonly place: Place;
}

const slash = 0x2f;

/**
 * Decides paths one after the other. Of the rules that match a path the last decides, but an excluded directory excludes
 * all below it, and no later rule brings any of that back (gitignore(5)). Directories decided for one path are remembered
 * for the next, so that in a sorted stream each is looked up once.
 */
export class Decider {
  readonly #places: Places;
  /** The path of the last level's directory, and of those above it. */
  #directory = Buffer.alloc(4096);
  readonly #levels: Level[];
  #level: Level;
  /** Where the path ends that was decided last. */
  end = 0;

  constructor(rules: readonly Rule[]) {
    this.#places = new Places(rules);
    this.#directory[0] = slash;
    this.#level = { end: 1, excludedBy: undefined, place: this.#places.top };
    this.#levels = [this.#level];
  }

  /** The rule that decides on a path, undefined where none matches: then it is kept. */
  decide(path: BytePath): Rule | undefined {
    return this.decideRecord(Buffer.from(`/${path}\0`.replace(/\/+/g, '/'), 'latin1'), 0, 0);
  }

  /** The same for the path that starts at a place in a buffer; `end` is then where its terminator is. */
  decideRecord(bytes: Buffer, from: number, terminator: number): Rule | undefined {
    const same = this.#sameBytes(bytes, from);
    let end = from + same; // no directory has a terminator in its name
    while (bytes[end] !== terminator) end += 1;
    this.end = end;
    const isDirectory = bytes[end - 1] === slash;
    if (isDirectory) end -= 1;
    if (bytes[from] !== slash || end <= from) return this.#decideUnusual(bytes, from);
    this.#leave(Math.min(same, end - from));
    for (let name = from + this.#level.end, at = name; ; name = at + 1) {
      const { excludedBy, place } = this.#level;
      if (excludedBy !== undefined) return excludedBy;
      for (at = name; at < end && bytes[at] !== slash; ) at += 1;
      if (at === name) return this.#decideUnusual(bytes, from);
      if (at === end) return this.#places.lookUp(place, bytes, name, end, isDirectory);
      this.#enter(bytes, from, name, at);
    }
  }

  /** A path that does not start with a slash or has empty names; or the root, or nothing. */
  #decideUnusual(bytes: Buffer, from: number): Rule | undefined {
    const { end } = this;
    const path = bytes.toString('latin1', from, end);
    const rule = path === '/' ? undefined : this.decide(path);
    this.end = end;
    return rule;
  }

  /** How many bytes are those of the last level's directory. */
  #sameBytes(bytes: Buffer, from: number): number {
    const directory = this.#directory;
    const { end } = this.#level;
    let same = 0;
    while (same < end && bytes[from + same] === directory[same]) same += 1;
    return same;
  }

  /** Goes back to the last level whose directory is no longer than that; the first one holds every path. */
  #leave(length: number): void {
    while (this.#level.end > length) {
      this.#levels.pop();
      this.#level = this.#levels.at(-1) as Level;
    }
  }

  /** Decides the directory whose name lies between two places, and makes it the last level. */
  #enter(bytes: Buffer, from: number, name: number, end: number): void {
    const { place } = this.#level;
    const rule = this.#places.lookUp(place, bytes, name, end, true);
    const length = end + 1 - from;
    if (length > this.#directory.length) this.#directory = Buffer.concat([this.#directory], 2 * length);
    bytes.copy(this.#directory, name - from, name, end + 1);
    const excludedBy = rule?.negated === false ? rule : undefined;
    this.#level = {
      end: length,
      excludedBy,
      place: excludedBy === undefined ? this.#places.inside(place, bytes, name, end) : place,
    };
    this.#levels.push(this.#level);
  }
}

/** Whether a decision takes the path out. */
export function excludes(rule: Rule | undefined): boolean {
  return rule?.negated === false;
}
