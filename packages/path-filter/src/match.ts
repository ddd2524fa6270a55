import type { BytePath } from 'path-stream';
import type { Rule } from './rules.ts';

/** What can match directly inside one directory. */
interface Candidates {
  /** Rules without wildcards, by the last component: indices, last rule first. */
  readonly literals: ReadonlyMap<BytePath, readonly number[]> | undefined;
  /** Rules with wildcards that may match here or below, last first. */
  readonly wild: readonly number[];
  /** Anchored rules with wildcards whose fixed first directories lie further below. */
  readonly pending: readonly number[];
}

/**
 * Rules in order, prepared for lookup. Of the rules that match a path, the last decides (gitignore(5)). Most directories
 * lie outside of what any anchored rule speaks of: there a path costs one look into the table of plain names.
 */
class RuleSet {
  readonly #rules: readonly Rule[];
  /** Unanchored rules without wildcards, by name. */
  readonly #names = new Map<BytePath, number[]>();
  /** Anchored ones, by directory and name. */
  readonly #literals = new Map<BytePath, Map<BytePath, number[]>>();
  /** What holds at `/`. */
  readonly top: Candidates;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    const indices = [...rules.keys()].reverse();
    for (const index of indices) this.#tabulate(index);
    const wild = indices.filter((index) => rules[index]?.literal === undefined);
    const everywhere = { literals: undefined, wild: [], pending: wild };
    this.top = this.inside(everywhere, '/');
  }

  #tabulate(index: number): void {
    const rule = this.#rules[index];
    if (rule?.literal === undefined) return;
    const slash = rule.literal.lastIndexOf('/');
    let table = this.#names;
    if (rule.anchored) {
      const directory = `/${rule.literal.slice(0, slash + 1)}`;
      table = this.#literals.get(directory) ?? new Map();
      this.#literals.set(directory, table);
    }
    const name = rule.literal.slice(slash + 1);
    table.set(name, [...(table.get(name) ?? []), index]);
  }

  /** The candidates inside a directory (with its slash), from those of the one it lies in. */
  inside(outer: Candidates, directory: BytePath): Candidates {
    const literals = this.#literals.get(directory);
    if (outer.pending.length === 0) return literals === outer.literals ? outer : { ...outer, literals };
    const reached = outer.pending.filter((index) => directory.startsWith(this.#fixed(index)));
    const pending = outer.pending.filter(
      (index) => !directory.startsWith(this.#fixed(index)) && this.#fixed(index).startsWith(directory),
    );
    const wild = reached.length === 0 ? outer.wild : [...outer.wild, ...reached].sort((a, b) => b - a);
    return { literals, wild, pending };
  }

  #fixed(index: number): BytePath {
    return this.#rules[index]?.fixed ?? '/';
  }

  /**
   * The rule that decides on a path by itself, whatever holds for the directories it lies in. The path is absolute and
   * has no slash at its end; its last component starts at `nameAt`.
   */
  lookUp(inside: Candidates, path: BytePath, nameAt: number, isDirectory: boolean): Rule | undefined {
    if (inside.wild.length === 0 && inside.literals === undefined && this.#names.size === 0) return undefined;
    const name = path.slice(nameAt);
    const applies = (index: number): boolean => isDirectory || this.#rules[index]?.directoryOnly === false;
    const literal = inside.literals?.get(name)?.find(applies) ?? -1;
    const best = Math.max(literal, this.#names.get(name)?.find(applies) ?? -1);
    for (const index of inside.wild) {
      if (index < best) break;
      const rule = this.#rules[index];
      if (rule && applies(index) && rule.expression.test(rule.anchored ? path : name)) return rule;
    }
    return this.#rules[best];
  }
}

interface Level {
  /** The directory, with its slash. */
  readonly prefix: BytePath;
  /** The rule that excludes it or one above it. */
  readonly excludedBy: Rule | undefined;
  readonly inside: Candidates;
}

/**
 * Decides paths one after the other. An excluded directory excludes all below it, and no later rule brings
 * any of that back (gitignore(5)). Directories decided for one path are remembered for the next, so that in a
 * sorted stream each is looked up once.
 */
export class Decider {
  readonly #rules: RuleSet;
  readonly #levels: Level[];

  constructor(rules: readonly Rule[]) {
    this.#rules = new RuleSet(rules);
    this.#levels = [{ prefix: '/', excludedBy: undefined, inside: this.#rules.top }];
  }

  /** The rule that decides on the path, undefined where none matches: then it is kept. */
  decide(path: BytePath): Rule | undefined {
    const absolute = path.startsWith('/') && !path.includes('//') ? path : `/${path}`.replace(/\/+/g, '/');
    const isDirectory = absolute.endsWith('/');
    const plain = isDirectory ? absolute.slice(0, -1) : absolute;
    if (plain === '') return undefined;
    const { excludedBy, prefix, inside } = this.#enter(plain);
    return excludedBy ?? this.#rules.lookUp(inside, plain, prefix.length, isDirectory);
  }

  /** The directory that a path lies in, or the excluded one above it. */
  #enter(path: BytePath): Level {
    let level = this.#levels.at(-1) as Level;
    while (!path.startsWith(level.prefix)) {
      this.#levels.pop();
      level = this.#levels.at(-1) as Level; // the first level holds every path
    }
    for (;;) {
      if (level.excludedBy !== undefined) return level;
      const slash = path.indexOf('/', level.prefix.length);
      if (slash === -1) return level;
      const rule = this.#rules.lookUp(level.inside, path.slice(0, slash), level.prefix.length, true);
      const prefix = path.slice(0, slash + 1);
      const excludedBy = rule?.negated === false ? rule : undefined;
      level = { prefix, excludedBy, inside: this.#rules.inside(level.inside, prefix) };
      this.#levels.push(level);
    }
  }
}

/** Whether a decision takes the path out. */
export function excludes(rule: Rule | undefined): boolean {
  return rule?.negated === false;
}
