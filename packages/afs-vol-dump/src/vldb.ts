import { failure } from 'command-line';

/** Where a volume is. */
export interface Site {
  /** The server's address, as `vos -noresolve` tells it. */
  readonly server: string;
  /** `/vicepa` */
  readonly partition: string;
}

/** What the VLDB has of a volume. */
export interface VldbEntry {
  readonly name: string;
  /** The number of the read-write volume, and where it is: undefined where there is none. */
  readonly readWrite: number | undefined;
  readonly site: Site | undefined;
  /** The numbers of its read-only and backup volumes. */
  readonly others: readonly number[];
}

/**
 * Reads what `vos listvldb -noresolve` prints: entries apart by empty lines, each with the name on a line of its own; then the
 * numbers, the sites, and remarks; and at last how many there are, but where one was asked for.
 */
export function parseVldb(text: string): VldbEntry[] {
  const blocks = text.split(/\n\s*\n/).map((block) => block.split('\n').filter((line) => line.trim() !== ''));
  const entries = blocks.flatMap(([name, ...lines]) =>
    lines.some((line) => /^ +number of sites/.test(line)) ? [parseEntry((name ?? '').trimEnd(), lines)] : [],
  );
  const total = /^Total entries: (\d+)/m.exec(text)?.[1];
  requireAll('vos listvldb', entries.length, total === undefined ? entries.length : Number(total));
  return entries;
}

function parseEntry(name: string, lines: readonly string[]): VldbEntry {
  const numberOf = (kind: string): number | undefined => {
    const found = new RegExp(`^ .*\\b${kind}: (\\d+)`).exec(lines[0] ?? '')?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const [, server, partition] =
    lines
      .map((line) => /^\s+server (\S+) partition (\S+) RW Site/.exec(line))
      .find((match) => match !== null) ?? [];
  return {
    name,
    readWrite: numberOf('RWrite'),
    site: server === undefined || partition === undefined ? undefined : { server, partition },
    others: [numberOf('ROnly'), numberOf('Backup')].filter((number) => number !== undefined),
  };
}

/** A list that says how long it is must be as long: what is missing in it would be in no backup. */
export function requireAll(what: string, found: number, told: number): void {
  if (found !== told) throw failure(what, `told of ${told} volumes, and named ${found}`);
}
