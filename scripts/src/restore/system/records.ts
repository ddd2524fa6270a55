import type { BytePath } from 'path-stream';

/** A line of packages.tsv: what dpkg-query(1) says of a package in any state but never installed. */
export interface Package {
  /** As dpkg names it: with the architecture where the name alone could mean another. */
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly state: 'installed' | 'removed';
}

/** Parses packages.tsv. In the three letters of the state, the second tells what is there: dpkg-query(1), db:Status-Abbrev. */
export function parsePackages(text: string): Package[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', version = '', architecture = '', letters = ''] = line.split('\t');
    const state = letters[1];
    if (name === '' || version === '' || state === undefined || state === 'n') return [];
    return [{ name, version, architecture, state: state === 'c' ? 'removed' : 'installed' }];
  });
}

/** One name for a package of an architecture, in whatever way dpkg or apt has written it. */
export function keyOf({ name, architecture }: Pick<Package, 'name' | 'architecture'>): string {
  return `${name.split(':')[0]}:${architecture}`;
}

/** Versions on offer, best first, by name and architecture of the index that has them. */
export type Offers = ReadonlyMap<string, readonly string[]>;

/**
 * Parses `apt-cache madison`: `name | version | source`, where the source ends in `<architecture> Packages`. A foreign one's name has
 * the architecture too.
 */
export function parseOffers(text: string): Offers {
  const offers = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, name, version, architecture] = /^ *(\S+) *\| *(\S+) *\| .* (\S+) Packages$/.exec(line) ?? [];
    if (!name || !version || !architecture) continue;
    const key = keyOf({ name, architecture });
    offers.set(key, [...(offers.get(key) ?? []), version]);
  }
  return offers;
}

/** dpkg-divert(1): what belongs at `from` by dpkg's lists lies at `to`. */
export interface LocalDiversion {
  readonly from: string;
  readonly to: string;
}

/** The administrator's among the diversions in dpkg's file: three lines each, the third `:` where no package diverts. */
export function parseLocalDiversions(text: string): LocalDiversion[] {
  const lines = text.split('\n');
  return lines.flatMap((from, i) => {
    const [to = '', by = ''] = lines.slice(i + 1, i + 3);
    return i % 3 === 0 && from !== '' && by === ':' ? [{ from, to }] : [];
  });
}

/** A line of dpkg's statoverride file, dpkg-statoverride(1). */
export interface Override {
  readonly owner: string;
  readonly group: string;
  readonly mode: string;
  readonly path: string;
}

export function parseOverrides(text: string): Override[] {
  return text.split('\n').flatMap((line) => {
    const [, owner = '', group = '', mode = '', path = ''] = /^(\S+) (\S+) ([0-7]+) (\/.*)$/.exec(line) ?? [];
    return path === '' ? [] : [{ owner, group, mode, path }];
  });
}

/** The lines of `dpkg --get-selections` that are of packages which dpkg knows here: of others it would only complain. */
export function knownSelections(text: string, known: ReadonlySet<string>): string {
  const lines = text.split('\n').filter((line) => known.has(line.split(/\s/)[0] ?? ''));
  return lines.map((line) => `${line}\n`).join('');
}

/** The release of a machine: the number before the dot in the version of base-files; undefined where it has none. */
export function releaseOf(packages: readonly Package[]): string | undefined {
  const base = packages.find(({ name }) => name === 'base-files');
  return base === undefined ? undefined : /^\d+/.exec(base.version)?.[0];
}

/** The architecture of a machine: that of its dpkg. */
export function architectureOf(packages: readonly Package[]): string | undefined {
  return packages.find(({ name }) => name === 'dpkg')?.architecture;
}

/** All directories that have to exist for the paths in dpkg's lists, by both names that the /usr merge gives them. */
export function listedDirectories(lists: Iterable<string>): ReadonlySet<BytePath> {
  const directories = new Set<BytePath>();
  for (const list of lists)
    for (const path of list.split('\n')) {
      for (let at = parentOf(path); at !== '' && !directories.has(at); at = parentOf(at)) directories.add(at);
    }
  for (const path of [...directories])
    if (/^\/(bin|sbin|lib[^/]*)(\/|$)/.test(path)) directories.add(`/usr${path}`);
  return directories;
}

function parentOf(path: BytePath): BytePath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
