import { matches } from './glob.ts';
import { type Name, textOf } from './name.ts';
import { type Entry, NameTable } from './names.ts';
import type { Pattern } from './pattern.ts';
import type { Rule } from './rules.ts';

/** An element of a pattern that waits for a name, after those before it have found theirs. */
interface State extends Entry {
  readonly id: number;
  /** It waits in every directory below as well. */
  readonly deep: boolean;
  /** What waits inside a directory of that name; undefined at the end of the pattern, where the rule matches. */
  readonly next: State | undefined;
}

/** What rules want of the names in a directory: all directories of which they want the same are one place. */
export interface Place {
  /** The rules that a name here ends. */
  readonly endings: NameTable | undefined;
  /** What goes on inside a directory, by its name where that is plain text. */
  readonly literals: ReadonlyMap<string, readonly State[]>;
  readonly globs: readonly State[];
  /** What goes on inside any directory. */
  readonly deep: readonly State[];
  /** The place inside any directory in which nothing else goes on. */
  rest?: Place;
}

const manyPlaces = 1024;

/**
 * The places that the rules make, built when they are first met. This is the automaton of all patterns together, with
 * the names of a path as its letters: a directory costs what waits in it, and nothing is ever tried twice.
 */
export class Places {
  readonly top: Place;
  /** What waits everywhere. It is left out of the places, so that these are few and small. */
  readonly everywhere: Place;
  readonly #rules: readonly Rule[];
  readonly #known = new Map<string, Place>();
  #count = 0;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    const first = rules.flatMap((rule, index) =>
      rule.patterns.map((pattern) => this.#chain(pattern, index, rule)),
    );
    this.everywhere = this.#build(lastFirst(first.filter((state) => state.deep)));
    this.top = this.#place(first.filter((state) => !state.deep));
  }

  #chain(pattern: Pattern, rule: number, { directoryOnly }: Rule): State {
    const chain = pattern.reduceRight<State | undefined>((next, { deep, glob }) => {
      this.#count += 1;
      return { id: this.#count, rule, directoryOnly, glob, deep, next };
    }, undefined);
    return chain as State; // a pattern has an element at least
  }

  /** The place inside a directory of a name, from the one in which it lies. */
  inside(outer: Place, name: Name): Place {
    const states: State[] = [];
    for (const { literals, globs } of [outer, this.everywhere]) {
      if (literals.size > 0) states.push(...(literals.get(textOf(name)) ?? []));
      for (const { glob, next } of globs) if (next && matches(glob, name)) states.push(next);
    }
    if (states.length > 0) return this.#place([...outer.deep, ...states]);
    outer.rest ??= this.#place(outer.deep);
    return outer.rest;
  }

  #place(states: readonly State[]): Place {
    const sorted = lastFirst(states);
    const key = sorted.map(({ id }) => id).join();
    let place = this.#known.get(key);
    if (place === undefined) {
      if (this.#known.size === manyPlaces) this.#known.clear(); // so that memory stays flat
      place = this.#build(sorted);
      this.#known.set(key, place);
    }
    return place;
  }

  #build(states: readonly State[]): Place {
    const ending = states.filter(({ next }) => next === undefined);
    const literals = new Map<string, State[]>();
    const globs: State[] = [];
    for (const state of states) {
      if (state.next === undefined) continue;
      const { literal } = state.glob;
      if (literal === undefined) globs.push(state);
      else literals.set(literal, [...(literals.get(literal) ?? []), state.next]);
    }
    const endings = ending.length === 0 ? undefined : new NameTable(ending);
    return { endings, literals, globs, deep: states.filter(({ deep }) => deep) };
  }

  /** The rule that decides on a name in a place by itself, whatever holds for the directories it lies in. */
  lookUp(place: Place, name: Name): Rule | undefined {
    const here = place.endings?.find(name) ?? -1;
    const anywhere = this.everywhere.endings?.find(name) ?? -1;
    const last = Math.max(here, anywhere);
    return last === -1 ? undefined : this.#rules[last];
  }
}

function lastFirst(states: readonly State[]): State[] {
  return [...new Set(states)].sort((a, b) => b.rule - a.rule || b.id - a.id);
}
