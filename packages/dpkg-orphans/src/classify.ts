import type { OwnedNode } from './owned.ts';

export type EntryType = 'directory' | 'file' | 'link' | 'other';

/** Why a path is in the output: no package can bring it back as it is. */
export type Reason =
  | 'orphan'
  | 'conffile'
  | 'modified'
  | 'replaced'
  | 'retargeted'
  | 'unverifiable'
  | 'no-source';

/** What a walk finds each entry to be: one of these, and of no two. */
export type Class = Reason | 'intact' | 'bytecode' | 'elsewhere' | 'unreadable' | 'vanished';

/**
 * What an entry of a directory is, by its type and by what dpkg's database and the verifier know of its path. Where nothing
 * was verified, content and targets are believed.
 */
export function classify(type: EntryType, node: OwnedNode | undefined, verified: boolean): Reason | 'intact' {
  if (node?.conffile) return 'conffile';
  // What a removed package has kept for the sake of its conffiles are the directories that those are in.
  if (!node?.owned) return node?.leftover && type === 'directory' ? 'conffile' : 'orphan';
  if (isReplaced(type, node)) return 'replaced';
  const verdict = node.verdict ?? (verified && type !== 'directory' ? 'unverifiable' : 'intact');
  if (verdict !== 'intact') return verdict;
  return node.offered ? 'intact' : 'no-source';
}

/** Whether it is of another type than its package made it: only that is known of a type which is recorded in no list. */
function isReplaced(type: EntryType, node: OwnedNode): boolean {
  if (node.digest !== undefined) return type !== 'file';
  if (type === 'directory') return false;
  return node.children !== undefined && !node.leaf;
}
