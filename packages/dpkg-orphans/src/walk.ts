import { setImmediate } from 'node:timers/promises';
import type { Report } from 'command-line';
import { type BytePath, escapePath, withoutSlash, withSlash } from 'path-stream';
import { bytecodeDirectory, isRegenerable, sourceName } from './bytecode.ts';
import { type Class, classify, type EntryType } from './classify.ts';
import type { Ledger } from './ledger.ts';
import { type Listing, list } from './listing.ts';
import type { Mounts } from './mounts.ts';
import type { OwnedNode } from './owned.ts';
import type { Root } from './root.ts';
import type { StartingPoint } from './roots.ts';

/** What a line of the output begins with. A parent is there for its owner and mode alone. */
export type Word = Class | 'parent';

/** Names that lie in one directory, found for one reason; a directory's own name is empty. */
export interface Finding {
  readonly word: Word;
  /** With its slash. */
  readonly directory: BytePath;
  readonly names: readonly BytePath[];
}

/** What a walk goes by. */
export interface Ground {
  readonly root: Root;
  readonly tree: OwnedNode;
  readonly mounts: Mounts;
  /** Whether the tree has verdicts. */
  readonly verified: boolean;
  /** Finds every entry, those that packages bring back too. */
  readonly all: boolean;
  readonly ledger: Ledger;
  readonly report: Report;
}

/** A directory that the walk is in. */
interface Frame extends Listing {
  /** With its slash. */
  readonly path: BytePath;
  /** Undefined below a directory that no package has. */
  readonly node: OwnedNode | undefined;
  /** For a directory of byte code: that of the sources. */
  readonly sources: OwnedNode | undefined;
  next: number;
  /** Whether it was found, be it as a parent. */
  found: boolean;
}

const nothing: Listing = { keys: [], types: new Map() };

/** So much is gathered before signals and the reader of stdout get their turn. */
const batchOf = { directories: 500, names: 10_000 };

/**
 * Walks from the starting points and finds, in byte order, what packages cannot bring back: each entry once, a directory
 * with a slash, and before it the directories it lies in (a restore needs their owner and mode). Packages' directories are
 * compared entry by entry; others come whole. A directory that cannot be read is a loss.
 */
export class Walk {
  readonly #ground: Ground;
  readonly #stack: Frame[] = [];
  readonly #above = new Map<BytePath, Frame>();
  #batch: Finding[] = [];
  #names = 0;
  #directories = 0;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  async *from(starts: readonly StartingPoint[]): AsyncGenerator<Finding[]> {
    for (const start of starts) {
      this.#start(start);
      for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) {
        if (frame.next < frame.keys.length) this.#advance(frame);
        else this.#stack.pop();
        if (this.#names < batchOf.names && this.#directories % batchOf.directories !== 0) continue;
        yield this.#take();
        await setImmediate();
        const path = frame.path;
        this.#ground.report.progress(() => `${this.#directories} directories, ${escapePath(path)}`);
      }
    }
    yield this.#take();
  }

  #take(): Finding[] {
    const batch = this.#batch;
    this.#batch = [];
    this.#names = 0;
    return batch;
  }

  /** Puts the directories above on the stack, and the starting point as the only thing in the last of them. */
  #start({ path, type }: StartingPoint): void {
    const { tree } = this.#ground;
    let parent = this.#frame('', nothing, undefined);
    if (path === '/') {
      this.#directory(parent, path, tree);
      return;
    }
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      parent = this.#parent(path.slice(0, slash + 1));
      this.#stack.push(parent);
    }
    const name = path.slice(parent.path.length);
    if (type === 'directory') this.#directory(parent, `${name}/`, tree.find(path));
    else this.#settle(parent, this.#classOf({ ...parent, types: new Map([[name, type]]) }, name), [name]);
  }

  /** Another starting point may lie in the same directory: that is found once. */
  #parent(path: BytePath): Frame {
    const known = this.#above.get(path);
    if (known !== undefined) return known;
    const node = this.#ground.tree.find(path);
    const isForBytecode = path.endsWith(`/${bytecodeDirectory}`);
    const sources = isForBytecode
      ? this.#ground.tree.find(path.slice(0, -bytecodeDirectory.length))
      : undefined;
    const frame = this.#frame(path, nothing, node, sources);
    frame.found = this.#ground.all; // it was not asked for
    this.#above.set(path, frame);
    return frame;
  }

  #frame(path: BytePath, listing: Listing, node: OwnedNode | undefined, sources?: OwnedNode): Frame {
    const { keys, types } = listing;
    return { keys, types, path, node, sources, next: 0, found: true };
  }

  /** Goes on in a directory, to its end or to the next directory in it. */
  #advance(frame: Frame): void {
    const { keys } = frame;
    const isForeign = frame.node === undefined && frame.sources === undefined;
    let from = frame.next;
    let word: Class | undefined;
    for (let at = from; at < keys.length; at += 1) {
      const key = keys[at] as BytePath;
      if (key.charCodeAt(key.length - 1) === 0x2f) {
        if (word !== undefined) this.#settle(frame, word, keys.slice(from, at));
        frame.next = at + 1;
        this.#directory(frame, key, frame.node?.children?.get(key.slice(0, -1)));
        return;
      }
      const found = isForeign ? 'orphan' : this.#classOf(frame, key);
      if (found !== word) {
        if (word !== undefined) this.#settle(frame, word, keys.slice(from, at));
        word = found;
        from = at;
      }
    }
    if (word !== undefined) this.#settle(frame, word, from === 0 ? keys : keys.slice(from));
    frame.next = keys.length;
  }

  #classOf({ types, node, sources }: Frame, name: BytePath): Class {
    const type: EntryType = types.get(name) ?? 'file';
    const { verified } = this.#ground;
    const found = classify(type, node?.children?.get(name), verified);
    if (found !== 'orphan' || type !== 'file') return found;
    const source = sources === undefined ? undefined : sourceName(name);
    if (source === undefined) return found;
    return isRegenerable(sources?.children?.get(source), verified) ? 'bytecode' : found;
  }

  /** Enters a directory, if it is one to enter. */
  #directory(parent: Frame, key: BytePath, node: OwnedNode | undefined): void {
    const { root, mounts, report } = this.#ground;
    const path = parent.path + key;
    this.#directories += 1;
    const why = mounts.whyNotEntered(path === '/' ? path : path.slice(0, -1));
    const listing = why === undefined ? list(root.outside(path), report) : 'elsewhere';
    if (why !== undefined) this.#tellSkipped(path, why);
    if (typeof listing === 'string') {
      this.#settle(parent, listing, [key]);
      return;
    }
    const sources = key === bytecodeDirectory ? parent.node : undefined;
    const frame = this.#frame(path, listing, node, sources);
    const found = this.#isAllBytecode(frame)
      ? 'bytecode'
      : classify('directory', node, this.#ground.verified);
    this.#settle(parent, found, [key]);
    frame.found = this.#ground.all || isFound(found);
    this.#stack.push(frame);
  }

  #tellSkipped(path: BytePath, why: string): void {
    const { mounts, ledger, report } = this.#ground;
    report.detail(escapePath(path), `not entered: ${why}`);
    const shownAt = mounts.shownAt(withoutSlash(path));
    if (shownAt !== undefined) ledger.addBind(path, withSlash(shownAt));
  }

  /** A directory that no package has, made for byte code, with nothing else in it. */
  #isAllBytecode(frame: Frame): boolean {
    if (frame.sources?.owned !== true || frame.node !== undefined) return false;
    return frame.keys.every((key) => !key.endsWith('/') && this.#classOf(frame, key) === 'bytecode');
  }

  /** Counts names of one class, and finds them where packages do not bring them back. */
  #settle(frame: Frame, found: Class, names: readonly BytePath[]): void {
    this.#ground.ledger.count(found, names.length);
    if (this.#ground.all) this.#find(frame, found, names);
    else if (found === 'elsewhere' || found === 'unreadable') this.#find(frame, 'parent', names);
    else if (isFound(found)) this.#find(frame, found, names);
  }

  #find(frame: Frame, word: Word, names: readonly BytePath[]): void {
    if (!frame.found) this.#findParents();
    this.#batch.push({ word, directory: frame.path, names });
    this.#names += names.length;
  }

  /** From the innermost outwards the first directory that was found ends the search: all above it were found too. */
  #findParents(): void {
    for (const frame of this.#stack.slice(this.#stack.findLastIndex(({ found }) => found) + 1)) {
      frame.found = true;
      this.#batch.push({ word: 'parent', directory: frame.path, names: [''] });
    }
  }
}

function isFound(found: Class): boolean {
  return found !== 'intact' && found !== 'bytecode' && found !== 'vanished';
}
