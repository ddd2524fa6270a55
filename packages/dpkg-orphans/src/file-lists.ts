import { lstatSync } from 'node:fs';
import type { Report } from 'command-line';
import type { BytePath } from 'path-stream';
import { type Aliases, canonical } from './aliases.ts';
import type { Places } from './diversions.ts';
import { parseMd5sums } from './md5sums.ts';
import { OwnedNode } from './owned.ts';
import { readPlain } from './read.ts';
import type { Root } from './root.ts';
import type { Package } from './status.ts';

/** A package with files, and its nodes. */
export interface Installed {
  readonly package: Package;
  readonly nodes: readonly OwnedNode[];
}

/** Where a copy of a file list shows that it is one: the inode has changed long after the content (in ms). */
const longestRename = 600_000;

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
    for (const name of places.diverted) this.tree.add(name).diverted = true;
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
    if (list === undefined)
      this.#report.note(one.name, 'its file list is missing, so none of its files count as its own');
    const digests = this.#read(one, 'md5sums');
    const nodes =
      list === undefined
        ? new Set<OwnedNode>()
        : this.#addPaths(list, one, this.#unpackedUntil(list, digests));
    for (const [path, digest] of parseMd5sums(digests?.content ?? '')) {
      const node = this.tree.find(this.#places.of(path, one.name));
      // A list loses the files that another package has taken over; the digests stay.
      if (node !== undefined && nodes.has(node)) node.addDigest(digest);
    }
    return { package: one, nodes: [...nodes] };
  }

  /** Conffiles of a package in any state, and what a removed one has left for their sake. */
  addConffiles(one: Package): void {
    const kept = one.removed ? (this.#read(one, 'list')?.content.split('\n') ?? []) : [];
    for (const path of [...kept, ...one.conffiles])
      if (path.startsWith('/'))
        this.tree.add(this.#places.of(path, one.name), one.removed ? leave : undefined);
    for (const path of one.conffiles) this.tree.add(this.#places.of(path, one.name)).conffile = true;
  }

  /** Other paths that count as conffiles. */
  addRegistered(paths: readonly BytePath[]): void {
    for (const path of paths) this.tree.add(canonical(path, this.#aliases)).conffile = true;
  }

  #addPaths(list: InfoFile, one: Package, until: number): Set<OwnedNode> {
    const nodes = new Set<OwnedNode>();
    const directories = new Set<OwnedNode>();
    let directory = '';
    let inside = this.tree;
    for (const line of list.content.split('\n')) {
      if (!line.startsWith('/') || line === '/.') continue;
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
      node.unpackedUntil = Math.min(node.unpackedUntil, until);
      nodes.add(node);
      directories.add(inside);
    }
    for (const node of nodes) node.leaf ||= !directories.has(node);
    return nodes;
  }

  /** A file of a package: with the architecture in its name for a package of several, else without. */
  #read(one: Package, kind: string): InfoFile | undefined {
    const stems = [`${one.name}:${one.architecture}`, one.name];
    if (!one.multiArchSame) stems.reverse();
    for (const stem of stems) {
      const file = `${this.#directory}/${stem}.${kind}`;
      const content = readPlain(this.#root, file);
      if (content !== undefined) return { file, content };
    }
    return undefined;
  }

  /**
   * dpkg writes the list after it has unpacked the files. It writes it anew when another package takes one of them over, but
   * never the digests. A list that was copied tells nothing of when that was.
   */
  #unpackedUntil(list: InfoFile, digests: InfoFile | undefined): number {
    const { mtimeMs, ctimeMs } = lstatSync(this.#root.fs(list.file));
    if (ctimeMs - mtimeMs > longestRename) return 0;
    const installed = digests === undefined ? mtimeMs : lstatSync(this.#root.fs(digests.file)).ctimeMs;
    return Math.min(mtimeMs, installed);
  }
}

interface InfoFile {
  readonly file: BytePath;
  readonly content: string;
}

function leave(node: OwnedNode): void {
  node.leftover = true;
}
