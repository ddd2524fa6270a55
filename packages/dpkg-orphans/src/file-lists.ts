import type { Report } from 'command-line';
import type { BytePath } from 'path-stream';
import { type Aliases, canonical } from './aliases.ts';
import type { Places } from './diversions.ts';
import { type Unpacking, unpackingOf } from './evidence.ts';
import { parseMd5sums } from './md5sums.ts';
import { OwnedNode } from './owned.ts';
import { type Content, readContent } from './read.ts';
import type { Root } from './root.ts';
import type { Package } from './status.ts';

/** A package with files, and its nodes. */
export interface Installed {
  readonly package: Package;
  readonly nodes: readonly OwnedNode[];
}

/** Puts each package's paths into a tree, from the files in /var/lib/dpkg/info. */
export class FileLists {
  readonly tree = new OwnedNode();
  readonly #root: Root;
  readonly #directory: BytePath;
  readonly #aliases: Aliases;
  readonly #places: Places;
  readonly #report: Report;

  constructor(root: Root, aliases: Aliases, places: Places, report: Report) {
    this.#root = root;
    this.#directory = root.resolve('/var/lib/dpkg/info');
    this.#aliases = aliases;
    this.#places = places;
    this.#report = report;
    this.tree.owned = true;
    this.tree.offered = true; // every package has it
    for (const alias of aliases.keys()) {
      const node = this.tree.add(alias);
      node.owned = true;
      node.leaf = true;
      node.offered = true; // base-files or the installation makes it
      node.verdict = 'intact';
    }
  }

  /** The files of a package that is unpacked. */
  addInstalled(one: Package): Installed {
    const list = this.#read(one, 'list');
    if (!list?.bytes)
      this.#report.note(one.name, 'its file list is missing or empty, so none of its files count as its own');
    const digests = this.#read(one, 'md5sums');
    const nodes = new Set<OwnedNode>();
    if (list !== undefined) this.#addPaths(list, one, unpackingOf(list.stats, digests?.stats), nodes);
    for (const [path, digest] of parseMd5sums(digests?.bytes ?? '')) {
      const node = this.tree.find(this.#places.of(path, one.name));
      // A list loses the files that another package has taken over; the digests stay.
      if (node !== undefined && nodes.has(node)) node.addDigest(digest);
    }
    return { package: one, nodes: [...nodes] };
  }

  /** Conffiles of a package in any state, and what a removed one has left for their sake. */
  addConffiles(one: Package): void {
    const kept = one.removed ? (this.#read(one, 'list')?.bytes.split('\n') ?? []) : [];
    for (const path of [...kept, ...one.conffiles].filter(isPlain))
      this.tree.add(this.#places.of(path, one.name), one.removed ? leave : undefined);
    for (const path of one.conffiles.filter(isPlain))
      this.tree.add(this.#places.of(path, one.name)).conffile = true;
  }

  /** Other paths that count as conffiles. */
  addRegistered(paths: readonly BytePath[]): void {
    for (const path of paths.filter(isPlain)) this.tree.add(canonical(path, this.#aliases)).conffile = true;
  }

  #addPaths(list: Content, one: Package, unpacking: Unpacking | undefined, nodes: Set<OwnedNode>): void {
    const unpackings = unpacking === undefined ? [] : [unpacking];
    const directories = new Set<OwnedNode>();
    let directory = '';
    let inside = this.tree;
    for (const line of list.bytes.split('\n')) {
      if (!isPlain(line) || line === '/.') continue;
      const path = this.#places.of(line, one.name);
      const slash = path.lastIndexOf('/');
      // Lists are in an order in which the next path mostly lies where the last one did.
      if (slash !== directory.length || !path.startsWith(directory)) {
        directory = path.slice(0, slash);
        inside = this.tree.add(directory, (node) => {
          node.owned = true;
          nodes.add(node);
        });
      }
      const node = inside.child(path.slice(slash + 1));
      node.owned = true;
      node.unpackings = node.unpackings.length === 0 ? unpackings : [...node.unpackings, ...unpackings];
      nodes.add(node);
      directories.add(inside);
    }
    for (const node of nodes) node.leaf ||= !directories.has(node);
  }

  /** A file of a package: with the architecture in its name for a package of several, else without. */
  #read(one: Package, kind: string): Content | undefined {
    const stems = [`${one.name}:${one.architecture}`, one.name];
    if (!one.multiArchSame) stems.reverse();
    for (const stem of stems) {
      const content = readContent(this.#root, `${this.#directory}/${stem}.${kind}`);
      if (content !== undefined) return content;
    }
    return undefined;
  }
}

/** dpkg unpacks no other paths. */
function isPlain(path: BytePath): boolean {
  return path.startsWith('/') && !/\/\.\.(?:\/|$)/.test(path);
}

function leave(node: OwnedNode): void {
  node.leftover = true;
}
