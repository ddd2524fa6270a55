import type { BytePath } from 'path-stream';

/** A path that a package owns; its children are keyed by their last component. */
export class OwnedNode {
  readonly children = new Map<string, OwnedNode>();
  /** Registered as a conffile: backed up although a package owns it. */
  conffile = false;

  /** The node of a path, made where it is missing; every directory on the way is owned with it. */
  add(path: BytePath): OwnedNode {
    let node: OwnedNode = this;
    for (const name of path.split('/')) {
      if (name === '' || name === '.') continue;
      let next = node.children.get(name);
      if (next === undefined) {
        next = new OwnedNode();
        node.children.set(name, next);
      }
      node = next;
    }
    return node;
  }

  /** The node of a path, undefined where no package owns it. */
  find(path: BytePath): OwnedNode | undefined {
    let node: OwnedNode | undefined = this;
    for (const name of path.split('/')) if (name !== '') node = node?.children.get(name);
    return node;
  }
}
