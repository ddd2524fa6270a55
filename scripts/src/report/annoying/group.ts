import type { BytePath } from 'path-stream';

/** What is looked up of a file that nobody expects. */
export interface Facts {
  readonly size: number;
  readonly uid: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
}

/** A file that the last date did not report. */
export interface NewFile extends Facts {
  readonly path: BytePath;
}

/** So many new files of a group are named, and so many of its files can have a line each. */
export const mostFiles = 20;

/** Files that nobody expects and that are told of together. */
export class Group {
  /** Ends in a slash. */
  readonly directory: BytePath;
  /** Whether the directory has nothing but these: one rule is for all of them. */
  isWhole = false;
  count = 0;
  newCount = 0;
  bytes = 0;
  newest = 0;
  oldest = Number.POSITIVE_INFINITY;
  /** The newest of the new ones. */
  newestNew = Number.NEGATIVE_INFINITY;
  readonly owners: Map<number, number> = new Map();
  /** The paths, as long as they are few. */
  paths: BytePath[] | undefined = [];
  readonly #files: NewFile[] = [];

  constructor(directory: BytePath) {
    this.directory = directory;
  }

  /** The new ones, newest first. */
  get files(): NewFile[] {
    return [...this.#files].sort((a, b) => b.mtime - a.mtime).slice(0, mostFiles);
  }

  /** Takes a file. Without facts it is counted. */
  add(path: BytePath, facts: Facts | undefined, isNew: boolean): void {
    this.count += 1;
    if (isNew) this.newCount += 1;
    this.#keepPaths([path]);
    if (facts === undefined) return;
    this.bytes += facts.size;
    this.newest = Math.max(this.newest, facts.mtime);
    this.oldest = Math.min(this.oldest, facts.mtime);
    this.owners.set(facts.uid, (this.owners.get(facts.uid) ?? 0) + 1);
    if (isNew) this.#keepFile({ path, ...facts });
  }

  /** Takes all of another one. */
  addAll(other: Group): void {
    this.count += other.count;
    this.newCount += other.newCount;
    this.bytes += other.bytes;
    this.newest = Math.max(this.newest, other.newest);
    this.oldest = Math.min(this.oldest, other.oldest);
    for (const [uid, count] of other.owners) this.owners.set(uid, (this.owners.get(uid) ?? 0) + count);
    this.#keepPaths(other.paths);
    for (const file of other.#files) this.#keepFile(file);
  }

  #keepPaths(paths: readonly BytePath[] | undefined): void {
    const all = this.paths === undefined || paths === undefined ? undefined : [...this.paths, ...paths];
    this.paths = all === undefined || all.length > mostFiles ? undefined : all;
  }

  #keepFile(file: NewFile): void {
    this.newestNew = Math.max(this.newestNew, file.mtime);
    this.#files.push(file);
    if (this.#files.length >= 2 * mostFiles) this.#files.splice(0, Number.POSITIVE_INFINITY, ...this.files);
  }
}

/** Which of two is told first: the one with newer files that are new. */
export function compareGroups(a: Group, b: Group): number {
  return b.newestNew - a.newestNew || b.newCount - a.newCount || b.newest - a.newest || b.count - a.count;
}

/** How many were left out. */
export interface Rest {
  groups: number;
  count: number;
}

/** The first of many groups; of the rest it is known how many there were. */
export class Groups {
  readonly #most: number;
  #kept: Group[] = [];
  readonly rest: Rest = { groups: 0, count: 0 };

  constructor(most: number) {
    this.#most = most;
  }

  /** In the order in which they are told. */
  get first(): readonly Group[] {
    this.#shorten();
    return this.#kept;
  }

  add(group: Group): void {
    this.#kept.push(group);
    if (this.#kept.length >= 2 * this.#most) this.#shorten();
  }

  addAll(other: Groups): void {
    for (const group of other.#kept) this.add(group);
    this.rest.groups += other.rest.groups;
    this.rest.count += other.rest.count;
  }

  #shorten(): void {
    this.#kept.sort(compareGroups);
    for (const { count } of this.#kept.splice(this.#most)) {
      this.rest.groups += 1;
      this.rest.count += count;
    }
  }
}
