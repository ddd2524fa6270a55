/** The kinds of what is dumped; each has its own file here. */
export type Engine = 'postgresql' | 'mariadb' | 'mysql' | 'sqlite' | 'ldap' | 'redis' | 'directory';

/** What there is one dump of. */
export interface Source {
  readonly engine: Engine;
  /** The item that led to it, as it was given. */
  readonly item: string;
  /** Its name on the server: of a database, a suffix, a file; of what is beside them, `globals` and the like. */
  readonly name: string;
  readonly kind: Kind;
  /** What its file is called, up to what sealing adds: no other source is called so. */
  readonly file: string;
  /** Has `pass` read the dump, once; resolves when everything that made it has ended well. */
  dump(pass: Pass): Promise<Made>;
}

/** What is known of a dump beside what its bytes tell. */
export interface Made {
  readonly doubts: readonly Doubt[];
  /** The rows of each table, where they were counted otherwise. */
  readonly rows?: ReadonlyMap<string, number>;
  /** What the program that made it said, though it ended well. */
  readonly said?: readonly string[];
}

/** What is wrong with something that is there, and what to do about it. */
export type Doubt = readonly [why: string, hint?: string];

/** A database; what is beside the databases of a server and a restore needs first; or a file that was found. */
export type Kind = 'database' | 'globals' | 'file';

/** Reads a dump to its end: an open file, or what is written into a pipe. */
export type Pass = (dump: number | WriteDump) => Promise<void>;

/** Writes a dump into an open file, until `stop` aborts. */
export type WriteDump = (output: number, stop: AbortSignal) => Promise<void>;

/** What messages call a source. */
export function titleOf({ item, name, kind }: Pick<Source, 'item' | 'name' | 'kind'>): string {
  return kind === 'file' ? name : `${item} ${name}`;
}
