import { type BytePath, escapePath, withoutSlash } from 'path-stream';

/*
 * What bounds the text: so many directories are shown, so many names in each, so much of a name, and so much in all (in characters). What
 * is not shown is counted, by the first name of its path.
 */
const mostDirectories = 200;
const mostNames = 50;
const longestName = 300;
const mostText = 100_000;
const mostTops = 30;

interface Group {
  count: number;
  readonly names: string[];
}

/** Paths as a text for people, in memory that does not grow with their number: by directory, in the order in which they came. */
export class Listing {
  #count = 0;
  #room = mostText;
  readonly #groups = new Map<BytePath, Group>();
  readonly #others = new Map<string, number>();

  get count(): number {
    return this.#count;
  }

  add(path: BytePath): void {
    this.#count += 1;
    const bare = withoutSlash(path);
    const end = bare === '/' ? 1 : bare.lastIndexOf('/') + 1;
    const directory = bare.slice(0, end);
    const group = this.#groups.get(directory) ?? this.#begin(directory);
    if (group === undefined) {
      this.#addOther(path);
      return;
    }
    group.count += 1;
    if (group.names.length < mostNames && this.#room > 0)
      group.names.push(this.#show(path.slice(end) || '.'));
  }

  /** The text: lines that end in a newline. */
  text(host: string): string {
    const blocks = [...this.#groups].map(([directory, group]) => blockOf(show(directory || './'), group));
    const hidden = [...this.#others.values()].reduce((sum, count) => sum + count, 0);
    const rest = hidden === 0 ? [] : [restOf(hidden, this.#others)];
    return [`${unexpected(this.#count)} on ${host}:\n`, ...blocks, ...rest].join('\n');
  }

  #begin(directory: BytePath): Group | undefined {
    if (this.#groups.size >= mostDirectories || this.#room <= 0) return undefined;
    this.#room -= show(directory).length;
    const group: Group = { count: 0, names: [] };
    this.#groups.set(directory, group);
    return group;
  }

  #addOther(path: BytePath): void {
    const [, top = ''] = /^(\/?[^/]*\/?)/s.exec(path) ?? [];
    const shown = show(top);
    const key = this.#others.has(shown) || this.#others.size < mostTops ? shown : 'elsewhere';
    this.#others.set(key, (this.#others.get(key) ?? 0) + 1);
  }

  #show(name: BytePath): string {
    const shown = show(name);
    this.#room -= shown.length;
    return shown;
  }
}

/** `1 unexpected file`, `2 unexpected files`. */
export function unexpected(count: number): string {
  return `${count} unexpected ${count === 1 ? 'file' : 'files'}`;
}

function blockOf(directory: string, { count, names }: Group): string {
  const lines = names.map((name) => `  ${name}\n`);
  const more = count > names.length ? `  and ${count - names.length} more, not shown\n` : '';
  return `${directory} (${count})\n${lines.join('')}${more}`;
}

function restOf(hidden: number, others: ReadonlyMap<string, number>): string {
  const lines = [...others].map(([top, count]) => `  ${top} (${count})\n`);
  return `and ${hidden} more in directories that are not shown:\n${lines.join('')}`;
}

function show(name: BytePath): string {
  const shown = escapePath(name);
  if (shown.length <= longestName) return shown;
  return `${Array.from(shown.slice(0, longestName * 2))
    .slice(0, longestName)
    .join('')}… (${name.length} bytes)`;
}
