import { lstatSync, type Stats } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { type Report, reason } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import { withAttributes } from './attributes.ts';
import type { Database } from './database.ts';
import { wasUnpacked } from './evidence.ts';
import { type Answer, DigestCheck, type Expected } from './md5sum.ts';
import type { Mounts } from './mounts.ts';
import type { OwnedNode } from './owned.ts';
import type { Root } from './root.ts';
import { agrees, verdictOfDirectory, verdictOfLink } from './verdicts.ts';
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

/** A file whose content, or a path whose attributes are to be looked at. */
interface Pending {
  /** As this process sees it. */
  readonly path: BytePath;
  readonly node: OwnedNode;
  /** For the cache; undefined where the inode is too young to be remembered. */
  readonly fingerprint: string | undefined;
}

interface ToRead extends Pending, Expected {
  /** Whether it is as dpkg unpacked it, if its content is. */
  readonly wasUnpacked: boolean;
}

/** After so many directories, those who read files get their turn. */
const betweenTurns = 50;

/**
 * Looks once at each owned path and gives it a verdict: when `finish` has ended, for content is read meanwhile by all cores.
 * What is not there gets no verdict.
 */
export class Verifier {
  readonly #ground: VerifierGround;
  readonly #toRead = new DigestCheck<ToRead>((file, answer) => this.#settleFile(file, answer));
  readonly #toCheck: Pending[] = [];
  #directories = 0;
  #read = 0;

  constructor(ground: VerifierGround) {
    this.#ground = ground;
  }

  /** A path, and all that packages have below it, as far as a walk would come. */
  async lookBelow(path: BytePath, node = this.#ground.database.tree.find(path)): Promise<void> {
    if (node === undefined || !this.look(path, node)?.isDirectory()) return;
    this.#ground.report.progress(() => `looking at ${escapePath(path)}`);
    this.#directories += 1;
    if (this.#directories % betweenTurns === 0) await setImmediate();
    for (const [name, child] of node.children ?? []) {
      const childPath = `${path === '/' ? '' : path}/${name}`;
      if (child.children === undefined) this.look(childPath, child);
      else if (this.#ground.mounts.whyNotEntered(childPath) === undefined)
        await this.lookBelow(childPath, child);
    }
  }

  /** One path. */
  look(path: BytePath, node: OwnedNode): Stats | undefined {
    const stats = this.#lstat(path, node);
    if (stats === undefined || !node.owned || node.conffile || node.verdict !== undefined) return stats;
    const override = this.#ground.database.overrides.get(node);
    if (override !== undefined && !agrees(stats, override)) node.verdict = 'modified';
    else if (stats.isDirectory()) this.#lookAtDirectory(path, node, stats);
    else if (stats.isSymbolicLink()) node.verdict = verdictOfLink(stats, node);
    else if (node.digest && stats.isFile()) this.#lookAtFile(path, node, stats, node.digest);
    else node.verdict = 'unverifiable';
    return stats;
  }

  /** Waits for what has to be read. */
  async finish(): Promise<void> {
    await this.#toRead.finish();
    await this.#readAttributes(this.#toCheck.splice(0));
  }

  #settleFile(file: ToRead, answer: Answer): void {
    const { report } = this.#ground;
    if (answer === 'same') this.#settle(file, file.wasUnpacked);
    else file.node.verdict = answer === 'different' ? 'modified' : 'unverifiable';
    if (answer === 'unread') report.note(escapePath(file.path), 'not read, so it counts as unverifiable');
    this.#read += 1;
    report.progress(() => `${this.#read} package files read`);
  }

  /** What has attributes is not as the package has it, although they need not be an administrator's. */
  async #readAttributes(pending: readonly Pending[]): Promise<void> {
    const paths = pending.map(({ path }) => path);
    const having = await withAttributes(paths, this.#ground.report);
    for (const one of pending)
      if (having.has(one.path)) one.node.verdict = 'unverifiable';
      else this.#ground.cache.add(one.fingerprint);
  }

  /** Content is as it was. Attributes are, if nothing has changed the inode since; else they are looked at. */
  #settle(one: Pending, wasUnpacked: boolean): void {
    one.node.verdict = 'intact';
    if (wasUnpacked) this.#ground.cache.add(one.fingerprint);
    else this.#toCheck.push(one);
  }

  #lookAtFile(path: BytePath, node: OwnedNode, stats: Stats, digest: string): void {
    const { mode, cache } = this.#ground;
    const untouched = wasUnpacked(stats, node.unpackings);
    const pending = this.#pending(path, node, stats, digest);
    if ((mode === 'ctime' && untouched) || cache.has(fingerprint(stats, digest))) node.verdict = 'intact';
    else this.#toRead.add({ ...pending, digest, size: stats.size, wasUnpacked: untouched });
  }

  /** The inode of a directory changes with what is in it. */
  #lookAtDirectory(path: BytePath, node: OwnedNode, stats: Stats): void {
    node.verdict = verdictOfDirectory(stats, node);
    if (node.verdict !== 'intact' || this.#ground.cache.has(fingerprint(stats, 'directory'))) return;
    this.#toCheck.push(this.#pending(path, node, stats, 'directory'));
  }

  #pending(path: BytePath, node: OwnedNode, stats: Stats, content: string): Pending {
    const { root, cache } = this.#ground;
    const mark = cache.isYoung(stats) ? undefined : fingerprint(stats, content);
    return { path: root.outside(path), node, fingerprint: mark };
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
