import type { BytePath } from 'path-stream';
import type { Unpacking } from './evidence.ts';

/** What was found of an owned path: that it is what its package made, or why not (see verify.ts). */
export type Verdict = 'intact' | 'modified' | 'retargeted' | 'unverifiable';

/**
 * A path of dpkg's database, under the name that the file system has; what lies in it is keyed by its name. The tree holds
 * the way to each path too: such a node may be no package's.
 */
export class OwnedNode {
  children: Map<string, OwnedNode> | undefined;
  /** A package whose files are unpacked has it. */
  owned = false;
  /** One of them is offered by an apt source, in the version that is installed. */
  offered = false;
  /** One of them has nothing below it: there it is no directory with files. */
  leaf = false;
  /** Registered as a conffile, by a package of any state: stored although a package may own it. */
  conffile = false;
  /** A package that was removed and not purged kept it. */
  leftover = false;
  /**
   * The content's MD5 in hexadecimal; undefined for what is no regular file, is a conffile, or has none recorded; empty where
   * packages differ.
   */
  digest: string | undefined;
  /** When the packages were unpacked that have it, as far as that is known. */
  unpackings: readonly Unpacking[] = [];
  verdict: Verdict | undefined;
  /** The node that has taken over what this one had. */
  movedTo: OwnedNode | undefined;

  child(name: string): OwnedNode {
    this.children ??= new Map();
    let next = this.children.get(name);
    if (next === undefined) {
      next = new OwnedNode();
      this.children.set(name, next);
    }
    return next;
  }

  /** The node of a path below this one, made where it is missing; `mark` is done to every directory on the way and to it. */
  add(path: BytePath, mark?: (node: OwnedNode) => void): OwnedNode {
    let node: OwnedNode = this;
    for (const name of path.split('/')) {
      if (name === '' || name === '.') continue;
      node = node.child(name);
      mark?.(node);
    }
    return node;
  }

  /** The node of a path below this one, undefined where there is none. */
  find(path: BytePath): OwnedNode | undefined {
    let node: OwnedNode | undefined = this;
    for (const name of path.split('/')) if (name !== '') node = node?.children?.get(name);
    return node;
  }

  addDigest(digest: string): void {
    this.digest = this.digest === undefined || this.digest === digest ? digest : '';
  }

  /** Takes over what another node has: the same path under another name. */
  merge(other: OwnedNode): void {
    other.movedTo = this;
    if (other.digest !== undefined) this.addDigest(other.digest);
    this.owned ||= other.owned;
    this.offered ||= other.offered;
    this.leaf ||= other.leaf;
    this.conffile ||= other.conffile;
    this.leftover ||= other.leftover;
    this.unpackings = [...this.unpackings, ...other.unpackings];
    this.mergeChildren(other);
  }

  mergeChildren(other: Pick<OwnedNode, 'children'>): void {
    for (const [name, node] of other.children ?? []) this.child(name).merge(node);
  }
}
