/** What apt's sources offer of a package. */
export interface Offer {
  /**
   * Where what is installed can be fetched: from another machine, or only from this one; apt tells another build of the same
   * version apart.
   */
  readonly installed: 'elsewhere' | 'here' | 'nowhere';
  /** The versions that sources have. */
  readonly versions: ReadonlySet<string>;
}

/** By apt's name of the package. */
export type Policy = ReadonlyMap<string, Offer>;

/**
 * Parses `apt-cache policy NAME…`: a paragraph a package, in it a table of versions, what is installed marked with `***`, each
 * followed by where it comes from: a priority and an index, or dpkg's own status file, which is no source. `version` is what dpkg
 * has: apt does not read dpkg's journal, and then marks nothing.
 */
export function parsePolicy(output: string, version: (name: string) => string | undefined): Policy {
  const policy = new Map<string, Offer>();
  for (const paragraph of output.split(/^(?=\S+:$)/m)) {
    const name = /^(\S+):$/m.exec(paragraph)?.[1];
    if (name === undefined) continue;
    const entries = paragraph.split(/^ (?=(?:\*\*\*| {3}) \S)/m).slice(1);
    const marked = entries.find((entry) => entry.startsWith('***'));
    const same = entries.find((entry) => versionOf(entry) === version(name));
    const versions = new Set(entries.filter((entry) => placeOf(entry) !== 'nowhere').map(versionOf));
    policy.set(name, { installed: placeOf(marked ?? same ?? ''), versions });
  }
  return policy;
}

/** The first line of an entry: the mark, the version, its priority. */
function versionOf(entry: string): string {
  return entry.slice(4).split(/\s/, 1)[0] ?? '';
}

function placeOf(entry: string): Offer['installed'] {
  const sources = [...entry.matchAll(/^ +-?\d+ (.*) Packages$/gm)].map(([, source = '']) => source);
  if (sources.length === 0) return 'nowhere';
  return sources.every((source) => /^(?:file|copy|cdrom):/.test(source)) ? 'here' : 'elsewhere';
}
