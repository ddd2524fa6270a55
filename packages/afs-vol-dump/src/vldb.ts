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
 * Reads what `vos listvldb -noresolve -quiet` prints: entries apart by empty lines, each with the name on a line of its own; then the
 * numbers, the sites, and remarks.
 */
export function parseVldb(text: string): VldbEntry[] {
  const blocks = text.split(/\n\s*\n/).map((block) => block.split('\n').filter((line) => line.trim() !== ''));
  return blocks.flatMap(([name, ...lines]) =>
    name === undefined || /^\s/.test(name) ? [] : [parseEntry(name.trimEnd(), lines)],
  );
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
