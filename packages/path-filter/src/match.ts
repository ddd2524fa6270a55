import type { BytePath } from 'path-stream';
import { CurrentDirectory } from './directory.ts';
import { letterOf, type Name } from './name.ts';
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
  readonly #directory = new CurrentDirectory();
  readonly #name: Name = { bytes: Buffer.alloc(0), from: 0, to: 0, isDirectory: false, letters: 0 };
  readonly #levels: Level[];
  #level: Level;
  /** Where the path ends that was decided last. */
  end = 0;

  constructor(rules: readonly Rule[]) {
    this.#places = new Places(rules);
    this.#level = { end: 1, excludedBy: undefined, place: this.#places.top };
    this.#levels = [this.#level];
  }

  /** The rule that decides on a path, undefined where none matches: then it is kept. */
  decide(path: BytePath): Rule | undefined {
    return this.decideRecord(Buffer.from(`/${path}\0`.replace(/\/+/g, '/'), 'latin1'), 0, 0);
  }

  /** The same for the path that starts at a place in a buffer; `end` is then where its terminator is. */
  decideRecord(bytes: Buffer, from: number, terminator: number): Rule | undefined {
    if (bytes[from] !== slash) return this.#decideUnusual(bytes, from, terminator);
    this.#leave(this.#directory.same(bytes, from, this.#level.end));
    while (this.#level.excludedBy === undefined) {
      const next = this.#read(bytes, from + this.#level.end, terminator);
      if (this.#name.from === this.#name.to) {
        if (this.#name.isDirectory || this.#level.end === 1)
          return this.#decideUnusual(bytes, from, terminator);
        this.#leave(this.#level.end - 1); // the path is that directory itself
      } else if (bytes[next] === terminator) {
        this.end = next;
        return this.#places.lookUp(this.#level.place, this.#name);
      } else this.#enter(from);
    }
    this.end = bytes.indexOf(terminator, from + this.#level.end - 1);
    return this.#level.excludedBy;
  }

  /** Takes the name at a place. Returns the place behind it and its slash: that of another name, or of the terminator. */
  #read(bytes: Buffer, from: number, terminator: number): number {
    let letters = 0;
    let to = from;
    for (let byte = bytes[to]; byte !== slash && byte !== terminator; byte = bytes[to]) {
      letters |= letterOf(byte as number);
      to += 1;
    }
    const name = this.#name;
    name.bytes = bytes;
    name.from = from;
    name.to = to;
    name.isDirectory = bytes[to] === slash;
    name.letters = letters;
    return name.isDirectory ? to + 1 : to;
  }

  /** A path that does not start with a slash or has empty names; or the root, or nothing. */
  #decideUnusual(bytes: Buffer, from: number, terminator: number): Rule | undefined {
    const end = bytes.indexOf(terminator, from);
    const path = bytes.toString('latin1', from, end);
    const rule = path === '/' ? undefined : this.decide(path);
    this.end = end;
    return rule;
  }

  /** Goes back to the last level whose directory is no longer than that; the first one holds every path. */
  #leave(length: number): void {
    while (this.#level.end > length) {
      this.#levels.pop();
      this.#level = this.#levels.at(-1) as Level;
    }
  }

  /** Decides the directory that was read, of a path that starts at a place, and makes it the last level. */
  #enter(start: number): void {
    const { place, end: length } = this.#level;
    const { bytes, from, to } = this.#name;
    const rule = this.#places.lookUp(place, this.#name);
    const excludedBy = rule?.negated === false ? rule : undefined;
    const inside = excludedBy === undefined ? this.#places.inside(place, this.#name) : place;
    this.#directory.append(bytes, from, to + 1, length);
    this.#level = { end: to + 1 - start, excludedBy, place: inside };
    this.#levels.push(this.#level);
  }
}

/** Whether a decision takes the path out. */
export function excludes(rule: Rule | undefined): boolean {
  return rule?.negated === false;
}
