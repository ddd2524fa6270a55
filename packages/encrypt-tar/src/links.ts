import type { BytePath } from 'path-stream';
import type { Found } from './found.ts';
import { gone, type Known, newestPart, unsettled } from './state.ts';
import { lookAt, type SurveyPlan, settledBefore } from './survey.ts';

/** The paths of one inode that has several. */
interface Group {
  readonly paths: BytePath[];
  /** The parts that they are in: undefined where one must be packed. */
  readonly parts: Set<number | undefined>;
  /** How many paths of it went into a part together: one that is not asked for any more may be the one with the content. */
  readonly together: number | undefined;
  readonly weight: number;
}

/** Where hard links were packed, and how many together. */
export interface PackedLink {
  readonly part: number;
  readonly together: number;
}

/**
 * Hard links, put by until all paths of an inode are known: tar can store them as links only in one archive. They are kept in
 * memory, a few hundred bytes for each.
 */
export class Links {
  readonly #groups = new Map<string, Group>();

  /** Puts a path by. `packed` says where it is, if it has not changed since. */
  add({ path, inode = '', weight }: Found, packed: PackedLink | undefined): void {
    const { part, together } = packed ?? {};
    const group = this.#groups.get(inode);
    if (group === undefined)
      this.#groups.set(inode, { paths: [path], parts: new Set([part]), together, weight });
    else {
      group.paths.push(path);
      group.parts.add(part);
    }
  }

  /** Packs the inodes that must be, or that are in one of the parts given, each with all its paths. */
  async pack(rewritten: ReadonlySet<number>, plan: SurveyPlan): Promise<void> {
    for (const [inode, group] of this.#groups) {
      const part = partOf(group);
      if (part !== undefined && !rewritten.has(part)) continue;
      await packTogether(group.paths, plan, gone);
      this.#groups.set(inode, {
        ...group,
        parts: new Set([plan.packer.number]),
        together: group.paths.length,
      });
    }
  }

  /** All the paths of what was found: one, but for hard links. */
  pathsOf({ path, inode }: Found): readonly BytePath[] {
    return (inode === undefined ? undefined : this.#groups.get(inode)?.paths) ?? [path];
  }

  /** Adds what stays where it is to what is alive, by parts. */
  countLive(live: Map<number, number>): void {
    for (const group of this.#groups.values()) {
      const part = partOf(group);
      if (part !== undefined) live.set(part, (live.get(part) ?? 0) + group.weight);
    }
  }
}

/** The part that all of the paths are in, and no other one was, if there is one. */
function partOf({ parts, paths, together }: Group): number | undefined {
  return parts.size === 1 && together === paths.length ? [...parts][0] : undefined;
}

/** What the last run's record says of a hard link: its fingerprint, and behind it how many were packed together. */
export function packedLink(found: Found, before: Known | undefined): PackedLink | undefined {
  if (before?.fingerprint.startsWith(`${found.fingerprint} `) !== true) return undefined;
  const together = Number(before.fingerprint.slice(found.fingerprint.length + 1));
  return { part: newestPart(before.parts), together };
}

/**
 * Whether a record that the survey copied is of a path that it put by as a hard link: a fingerprint of eight words, and a ninth behind
 * it. Of others it copied those alone that had one link.
 */
export function wasPackedAsLink({ fingerprint }: Known): boolean {
  return /^(?:-?\d+ ){8}\d+$/.test(fingerprint);
}

/** Packs paths as they are now in one part, and has their records say so; of one that is not there, that it is `missing`. */
export async function packTogether(
  paths: readonly BytePath[],
  plan: SurveyPlan,
  missing: typeof gone | typeof unsettled,
): Promise<void> {
  const { packer, overrides } = plan;
  const settled = settledBefore(plan);
  const found = paths.map((path) => lookAt(path, settled, plan));
  const there = found.filter((one) => one !== undefined);
  if (there.length > 0) await packer.add(there);
  for (const [i, path] of paths.entries()) {
    const one = found[i];
    if (one === undefined) overrides.mark(path, missing);
    else {
      const fingerprint = one.inode === undefined ? one.fingerprint : `${one.fingerprint} ${there.length}`;
      const links = there.length > 1 ? one.inode : undefined;
      overrides.packed(path, packer.number, one.settled ? fingerprint : `${unsettled} ${fingerprint}`, links);
    }
  }
}
