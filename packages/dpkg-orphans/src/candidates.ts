import { lstatSync } from 'node:fs';
import { reason } from 'command-line';
import { type BytePath, escapePath, withoutSlash, withSlash } from 'path-stream';
import { bytecodeDirectory, isRegenerable, sourcePath } from './bytecode.ts';
import { type Class, classify, type EntryType } from './classify.ts';
import { list, typeOf } from './listing.ts';
import type { OwnedNode } from './owned.ts';
import { absolute } from './roots.ts';
import type { Verifier } from './verify.ts';
import type { Ground } from './walk.ts';

/** A path as it was given, looked up. */
interface Candidate {
  readonly given: BytePath;
  /** Links on its way resolved. */
  readonly path: BytePath;
  readonly type: EntryType;
  readonly node: OwnedNode | undefined;
  /** What it was compiled from, if it is byte code. */
  readonly sources: readonly (OwnedNode | undefined)[] | undefined;
}

/**
 * Judges paths one by one, wherever they lie: those that no package can bring back are found, in the order in which they
 * came, without the directories above them. What is not there is a loss.
 */
export class Judge {
  readonly #ground: Ground;
  readonly #verifier: Verifier | undefined;
  /** The last directory that was resolved: the next path often lies in it too. */
  #directory: { readonly given: BytePath; readonly path: BytePath } = { given: '/', path: '/' };

  constructor(ground: Ground, verifier: Verifier | undefined) {
    this.#ground = ground;
    this.#verifier = verifier;
  }

  async judge(paths: readonly BytePath[]): Promise<{ word: Class; path: BytePath }[]> {
    const candidates = paths.flatMap((path) => this.#lookUp(path));
    await this.#verifier?.finish();
    return candidates.flatMap((candidate) => {
      const word = this.#classOf(candidate);
      this.#ground.ledger.count(word, 1);
      const isFound = this.#ground.all || (word !== 'intact' && word !== 'bytecode');
      const path = candidate.type === 'directory' ? withSlash(candidate.given) : candidate.given;
      return isFound ? [{ word, path }] : [];
    });
  }

  #lookUp(given: BytePath): Candidate[] {
    const { root, report } = this.#ground;
    try {
      const path = this.#resolve(given);
      const type = typeOf(lstatSync(root.fs(path)));
      return [{ given, path, type, node: this.#find(path), sources: this.#sourcesOf(path, type) }];
    } catch (error) {
      report.loss(escapePath(given), reason(error));
      return [];
    }
  }

  /** The last name is taken as it is, be it a link, where it is a name. */
  #resolve(given: BytePath): BytePath {
    const { root } = this.#ground;
    const path = withoutSlash(absolute(given, root));
    const slash = path.lastIndexOf('/') + 1;
    const name = path.slice(slash);
    if (name === '' || name === '.' || name === '..') return root.resolve(path);
    const directory = path.slice(0, slash);
    if (directory !== this.#directory.given)
      this.#directory = { given: directory, path: withSlash(root.resolve(directory)) };
    return this.#directory.path + name;
  }

  /** The node of a path, looked at. */
  #find(path: BytePath | undefined): OwnedNode | undefined {
    const node = path === undefined ? undefined : this.#ground.tree.find(path);
    if (path !== undefined && node !== undefined) this.#verifier?.look(path, node);
    return node;
  }

  #classOf({ path, type, node, sources }: Candidate): Class {
    const { verified, all } = this.#ground;
    if (all && this.#isElsewhere(path)) return 'elsewhere';
    const found = classify(type, node, verified);
    const isBytecode = sources?.every((source) => isRegenerable(source, verified)) ?? false;
    return found === 'orphan' && isBytecode ? 'bytecode' : found;
  }

  /** What it was compiled from, if it is byte code or a directory for that; undefined if it is neither. */
  #sourcesOf(path: BytePath, type: EntryType): readonly (OwnedNode | undefined)[] | undefined {
    if (type === 'file') {
      const source = sourcePath(path);
      return source === undefined ? undefined : [this.#find(source)];
    }
    const { root, tree, report } = this.#ground;
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (`${path}/` !== `${parent}/${bytecodeDirectory}` || !tree.find(parent)?.owned) return undefined;
    const listing = list(root.outside(`${path}/`), report);
    if (typeof listing === 'string') return undefined;
    return listing.keys.map((key) => this.#find(sourcePath(`${path}/${key}`)));
  }

  /** Whether a walk from `/` would not come to what is in its directory, or in it. */
  #isElsewhere(path: BytePath): boolean {
    const { mounts } = this.#ground;
    for (let slash = path.indexOf('/', 1); slash !== -1; slash = path.indexOf('/', slash + 1))
      if (mounts.whyNotEntered(path.slice(0, slash)) !== undefined) return true;
    return mounts.whyNotEntered(path) !== undefined;
  }
}
