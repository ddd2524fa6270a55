import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { errorCode, failure, type Report, reason } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import type { ChainReader } from './chain-reader.ts';
import { type DirectoryEntry, parseDirectory } from './directory-pages.ts';
import type { Attributes } from './dump-format.ts';
import { type Selection, selectPaths } from './select.ts';

/** The root directory of every volume (src/afs/afs.h of OpenAFS). */
const root: DirectoryEntry = { name: '', number: 1, uniquifier: 1 };

/** What fails for one file fails for all that follow. */
const hopeless = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE']);

/**
 * Makes the files of a volume below a directory that is open, empty and nobody else's: content, owners (as numbers, for root), modes, times and
 * links. Access lists have no place there. Mount points of other volumes come back as symbolic links with what AFS has in them.
 * With `wanted`, only those paths and what is below them. What does not come back is a loss.
 */
export function unpackVolume(
  chain: ChainReader,
  directory: number,
  wanted: readonly BytePath[],
  report: Report,
): void {
  const selection = selectPaths(wanted);
  new Unpacker(chain, selection, report).fill(directory, root, '');
  for (const path of selection.missed()) report.loss(escapePath(path), 'not in the volume');
}

class Unpacker {
  readonly #chain: ChainReader;
  readonly #selection: Selection;
  readonly #report: Report;
  readonly #owned = process.getuid?.() === 0;
  #count = 0;

  constructor(chain: ChainReader, selection: Selection, report: Report) {
    this.#chain = chain;
    this.#selection = selection;
    this.#report = report;
  }

  /** Makes what is in a directory of the volume in an open one, and then gives that its attributes. */
  fill(open: number, vnode: DirectoryEntry, path: BytePath): void {
    const attributes = this.#chain.attributes(vnode);
    const content = Buffer.concat([...this.#chain.content(vnode, attributes)]);
    const names = new Map<number, BytePath>(); // hard links are within one directory
    for (const entry of parseDirectory(content, path || '/')) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (!this.#selection.touches(below)) continue;
      const first = names.get(entry.number);
      this.#report.progress(() => `${this.#count} paths`);
      this.#orLoss(below, () => {
        if (first === undefined) this.#make(open, entry, below);
        else linkSync(at(open, first), at(open, entry.name));
        this.#count += 1;
      });
      names.set(entry.number, first ?? entry.name);
    }
    this.#finish(open, attributes);
  }

  #make(open: number, entry: DirectoryEntry, path: BytePath): void {
    const attributes = this.#chain.attributes(entry);
    const place = at(open, entry.name);
    if (attributes.type === 'directory') {
      mkdirSync(place, 0o700);
      this.#within(place, constants.O_DIRECTORY, (inside) => this.fill(inside, entry, path));
    } else if (!this.#selection.wants(path)) return;
    else if (attributes.type === 'symlink') this.#link(place, entry, attributes, path);
    else
      this.#within(place, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, (file) => {
        for (const block of this.#chain.content(entry, attributes)) writeSync(file, block);
        this.#finish(file, attributes);
      });
  }

  #link(place: Buffer, entry: DirectoryEntry, attributes: Attributes, path: BytePath): void {
    const target = Buffer.concat([...this.#chain.content(entry, attributes)]);
    if (/^[#%].*\.$/.test(target.toString('latin1')) && (attributes.mode & 0o111) === 0)
      this.#report.note(
        escapePath(path),
        `a mount point, restored as a link: ${escapePath(target.toString('latin1'))}`,
      );
    symlinkSync(target, place);
    if (this.#owned) lchownSync(place, attributes.owner, attributes.group);
    lutimesSync(place, attributes.modified, attributes.modified);
  }

  #within(place: Buffer, flags: number, use: (file: number) => void): void {
    const file = openSync(place, flags | constants.O_NOFOLLOW, 0o600);
    try {
      use(file);
    } finally {
      closeSync(file);
    }
  }

  /** A change of owner takes the set-user-ID bit away: so that comes before the mode. */
  #finish(file: number, { owner, group, mode, modified }: Attributes): void {
    if (this.#owned) fchownSync(file, owner, group);
    fchmodSync(file, mode & 0o7777);
    futimesSync(file, modified, modified);
  }

  #orLoss(path: BytePath, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (hopeless.has(errorCode(error) ?? '')) throw failure(escapePath(path), reason(error));
      this.#report.loss(escapePath(path), reason(error));
    }
  }
}

/** A name in an open directory: however deep that is, and whatever is put in the place of the directories above it. */
function at(directory: number, name: BytePath): Buffer {
  return Buffer.from(`/proc/self/fd/${directory}/${name}`, 'latin1');
}
