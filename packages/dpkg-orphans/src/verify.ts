import { lstatSync, type Stats } from 'node:fs';
import { type Report, reason } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import type { Database } from './database.ts';
import { wasUnpacked } from './evidence.ts';
import { checkDigests, type Expected } from './md5sum.ts';
import type { Mounts } from './mounts.ts';
import type { OwnedNode, Verdict } from './owned.ts';
import type { Root } from './root.ts';
import type { Override } from './statoverrides.ts';
import { fingerprint, type VerifiedCache } from './verified.ts';

/** How far a package's file is believed: `full` reads it, `ctime` asks the kernel's record first, `none` goes by its name. */
export type Verification = 'full' | 'ctime' | 'none';

/** What a verifier goes by. */
export interface VerifierGround {
  readonly root: Root;
  readonly database: Database;
  readonly mounts: Mounts;
  readonly mode: Exclude<Verification, 'none'>;
  readonly cache: VerifiedCache;
  readonly report: Report;
}

interface ToRead extends Expected {
  readonly node: OwnedNode;
  /** For the cache; undefined where the file is too young to be remembered. */
  readonly fingerprint: string | undefined;
}

/**
 * Looks once at each owned path and gives it a verdict. What has to be read is gathered first, and then read by all
 * cores. What is not there gets no verdict.
 */
export class Verifier {
  readonly #ground: VerifierGround;
  #toRead: ToRead[] = [];

  constructor(ground: VerifierGround) {
    this.#ground = ground;
  }

  /** A path, and all that packages have below it, as far as a walk would come. */
  lookBelow(path: BytePath, node = this.#ground.database.tree.find(path)): void {
    if (node === undefined) return;
    this.#ground.report.progress(() => `looking at ${escapePath(path)}`);
    if (!this.look(path, node)?.isDirectory()) return;
    for (const [name, child] of node.children ?? []) {
      const childPath = `${path === '/' ? '' : path}/${name}`;
      if (child.children === undefined) this.look(childPath, child);
      else if (this.#ground.mounts.whyNotEntered(childPath) === undefined) this.lookBelow(childPath, child);
    }
  }

  /** One path. */
  look(path: BytePath, node: OwnedNode): Stats | undefined {
    const stats = this.#lstat(path, node);
    if (stats === undefined || !node.owned || node.conffile || node.verdict !== undefined) return stats;
    const override = this.#ground.database.overrides.get(node);
    if (override !== undefined && !agrees(stats, override)) node.verdict = 'modified';
    else if (stats.isDirectory()) node.verdict = verdictOfDirectory(stats, node);
    else if (stats.isSymbolicLink()) node.verdict = verdictOfLink(stats, node);
    else if (node.digest && stats.isFile()) this.#lookAtFile(path, node, stats, node.digest);
    else node.verdict = 'unverifiable';
    return stats;
  }

  /** Reads what had to be read. */
  async finish(): Promise<void> {
    const files = this.#toRead;
    this.#toRead = [];
    if (files.length === 0) return;
    let done = 0;
    await checkDigests(files, (index, answer) => {
      const { node, path, fingerprint } = files[index] as ToRead;
      node.verdict = answer === 'same' ? 'intact' : answer === 'different' ? 'modified' : 'unverifiable';
      if (answer === 'same') this.#ground.cache.add(fingerprint);
      else if (answer === 'unread')
        this.#ground.report.note(escapePath(path), 'not read, so it counts as unverifiable');
      done += 1;
      this.#ground.report.progress(() => `${done} of ${files.length} package files read`);
    });
  }

  #lookAtFile(path: BytePath, node: OwnedNode, stats: Stats, digest: string): void {
    const mark = fingerprint(stats, digest);
    if (this.#ground.mode === 'ctime' && wasUnpacked(stats, node.unpackings)) node.verdict = 'intact';
    else if (this.#ground.cache.has(mark)) node.verdict = 'intact';
    else
      this.#toRead.push({
        path: this.#ground.root.outside(path),
        node,
        digest,
        size: stats.size,
        fingerprint: this.#ground.cache.isYoung(stats) ? undefined : mark,
      });
  }

  #lstat(path: BytePath, node: OwnedNode): Stats | undefined {
    try {
      return lstatSync(this.#ground.root.fs(path), { throwIfNoEntry: false });
    } catch (error) {
      this.#ground.report.note(
        escapePath(path),
        `not looked at, so it counts as unverifiable: ${reason(error)}`,
      );
      node.verdict = 'unverifiable';
      return undefined;
    }
  }
}

function agrees(stats: Stats, { uid, gid, mode }: Override): boolean {
  return stats.uid === uid && stats.gid === gid && (stats.mode & 0o7777) === mode;
}

/**
 * Where no package has anything below a directory, the package may have a link there. One that was made after the unpacking
 * may be a maintainer script's, or somebody's: with an owner and a mode of its own, it is to be kept.
 */
function verdictOfDirectory(stats: Stats, { children, unpackings }: OwnedNode): Verdict {
  const { birthtimeMs, uid, gid, mode } = stats;
  const isRemade = unpackings.length > 0 && unpackings.every(({ until }) => birthtimeMs > until);
  const isPlain = uid === 0 && gid === 0 && (mode & 0o7777) === 0o755;
  return children === undefined && isRemade && !isPlain ? 'unverifiable' : 'intact';
}

/**
 * dpkg records no targets: when the link was changed last is all there is. One that was there before proves nothing, for dpkg
 * keeps a link to a directory, be it an administrator's in place of a directory. A later change need not be one of the
 * target, and dpkg-divert renames: but who makes a new link leaves a new time in it.
 */
function verdictOfLink(stats: Stats, node: OwnedNode): Verdict {
  if (wasUnpacked(stats, node.unpackings)) return 'intact';
  return isNew(stats, node) ? 'retargeted' : 'unverifiable';
}

/** Whether the content was made after every unpacking. */
function isNew({ mtimeMs }: Stats, { unpackings }: OwnedNode): boolean {
  return unpackings.length > 0 && unpackings.every(({ until }) => mtimeMs > until);
}
