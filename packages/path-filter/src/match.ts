import type { BytePath } from 'path-stream';
import type { Rule } from './rules.ts';

/** Rules in order, prepared for lookup. Of the rules that match a path, the last decides (gitignore(5)). */
export class RuleSet {
  readonly #rules: readonly Rule[];
  readonly #byPath = new Map<BytePath, number[]>();
  readonly #byName = new Map<BytePath, number[]>();
  /** The rules with wildcards, last first. */
  readonly #wild: number[] = [];

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    for (const [index, rule] of rules.entries()) {
      if (rule.literal === undefined) this.#wild.unshift(index);
      else {
        const table = rule.anchored ? this.#byPath : this.#byName;
        table.set(rule.literal, [index, ...(table.get(rule.literal) ?? [])]);
      }
    }
  }

  /** The rule that decides on one path by itself (relative to `/`), whatever holds for its parents. */
  lookUp(path: BytePath, isDirectory: boolean): Rule | undefined {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const applies = (index: number): boolean => isDirectory || this.#rules[index]?.directoryOnly === false;
    let best = Math.max(
      this.#byPath.get(path)?.find(applies) ?? -1,
      this.#byName.get(name)?.find(applies) ?? -1,
    );
    for (const index of this.#wild) {
      if (index < best) break;
      const rule = this.#rules[index];
      if (rule && applies(index) && rule.expression.test(rule.anchored ? path : name)) {
        best = index;
        break;
      }
    }
    return this.#rules[best];
  }
}

interface Level {
  /** The directory with its slash. */
  readonly prefix: BytePath;
  /** The rule that excludes it or one above it. */
  readonly excludedBy: Rule | undefined;
}

/**
 * Decides paths one after the other. An excluded directory excludes all below it, and no later rule brings
 * any of that back (gitignore(5)). Directories decided for one path are remembered for the next, so that in a
 * sorted stream each is looked up once.
 */
export class Decider {
  readonly #rules: RuleSet;
  readonly #levels: Level[] = [];

  constructor(rules: RuleSet) {
    this.#rules = rules;
  }

  /** The rule that decides on the path, undefined where none matches: then it is kept. */
  decide(path: BytePath): Rule | undefined {
    const isDirectory = path.endsWith('/');
    const relative = path.replace(/^\/+/, '').replace(/\/+$/, '');
    if (relative === '') return undefined;
    return this.#parents(relative) ?? this.#rules.lookUp(relative, isDirectory);
  }

  #parents(path: BytePath): Rule | undefined {
    const levels = this.#levels;
    while (levels.length > 0 && !path.startsWith(levels.at(-1)?.prefix ?? '')) levels.pop();
    for (;;) {
      const top = levels.at(-1);
      if (top?.excludedBy !== undefined) return top.excludedBy;
      const slash = path.indexOf('/', top?.prefix.length ?? 0);
      if (slash === -1) return undefined;
      const rule = this.#rules.lookUp(path.slice(0, slash), true);
      const excludedBy = rule?.negated === false ? rule : undefined;
      levels.push({ prefix: path.slice(0, slash + 1), excludedBy });
    }
  }
}

/** Whether a decision takes the path out. */
export function excludes(rule: Rule | undefined): boolean {
  return rule?.negated === false;
}
