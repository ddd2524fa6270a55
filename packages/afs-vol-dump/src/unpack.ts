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
import { setImmediate } from 'node:timers/promises';
import { errorCode, failure, interruption, type Report, reason } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import type { ChainReader } from './chain-reader.ts';
import { type DirectoryEntry, parseDirectory } from './directory-pages.ts';
import type { Attributes } from './dump-format.ts';
import { NumberSet } from './number-set.ts';
import { type Selection, selectPaths } from './select.ts';

/** The root directory of every volume (src/afs/afs.h of OpenAFS). */
const root: DirectoryEntry = { name: '', number: 1, uniquifier: 1 };

/** What fails for one file fails for all that follow. */
const hopeless = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE']);

/** Milliseconds after which a signal is looked for. */
const breath = 50;

/**
 * Makes the files of a volume below a directory that is open, empty and nobody else's: content, owners (as numbers, for root), modes, times and
 * links. Access lists have no place there: so what they kept others out of is behind the directory of the volume itself, which is its
 * owner's alone. Mount points of other volumes come back as symbolic links with what AFS has in them. With `wanted`, only those paths and
 * what is below them. What does not come back is a loss.
 */
export async function unpackVolume(
  chain: ChainReader,
  directory: number,
  wanted: readonly BytePath[],
  report: Report,
): Promise<void> {
  const selection = selectPaths(wanted);
  const unpacker = new Unpacker(chain, selection, report);
  await unpacker.fill(directory, root, '');
  fchmodSync(directory, 0o700);
  for (const path of selection.missed()) report.loss(escapePath(path), 'not in the volume');
  if (wanted.length === 0) unpacker.tellOrphans();
}

class Unpacker {
  readonly #chain: ChainReader;
  readonly #selection: Selection;
  readonly #report: Report;
  readonly #owned = process.getuid?.() === 0;
  /** Vnodes that a directory names, and directories that were made. */
  readonly #seen = new NumberSet();
  readonly #made = new NumberSet();
  #count = 0;
  #breathed = performance.now();

  constructor(chain: ChainReader, selection: Selection, report: Report) {
    this.#chain = chain;
    this.#selection = selection;
    this.#report = report;
  }

  /** Makes what is in a directory of the volume in an open one, and then gives that its attributes. */
  async fill(open: number, vnode: DirectoryEntry, path: BytePath): Promise<void> {
    this.#seen.add(vnode.number);
    this.#made.add(vnode.number);
    const attributes = this.#chain.attributes(vnode);
    const content = Buffer.concat([...this.#chain.content(vnode, attributes)]);
    const names = new Map<number, BytePath>(); // hard links are within one directory
    for (const entry of parseDirectory(content, path || '/')) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (!this.#selection.touches(below)) continue;
      this.#seen.add(entry.number);
      this.#report.progress(() => `${this.#count} paths`);
      try {
        const first = names.get(entry.number);
        if (first === undefined) await this.#make(open, entry, below);
        else linkSync(at(open, first), at(open, entry.name));
        names.set(entry.number, first ?? entry.name);
        this.#count += 1;
      } catch (error) {
        if (interruption.aborted || hopeless.has(errorCode(error) ?? ''))
          throw failure(escapePath(below), reason(error));
        this.#report.loss(escapePath(below), reason(error));
      }
    }
    this.#finish(open, attributes);
  }

  /** What no directory names has no path to come back under. */
  tellOrphans(): void {
    let orphans = 0;
    for (const { number } of this.#chain.vnodes()) if (!this.#seen.has(number)) orphans += 1;
    if (orphans > 0)
      this.#report.loss(
        `${orphans} files`,
        'no directory of the volume names them: not restored',
        'bos salvage -orphans attach, before it is dumped, gives them names',
      );
  }

  async #make(open: number, entry: DirectoryEntry, path: BytePath): Promise<void> {
    await this.#breathe();
    const attributes = this.#chain.attributes(entry);
    const place = at(open, entry.name);
    if (attributes.type === 'directory') {
      if (this.#made.has(entry.number))
        throw failure(escapePath(path), 'a directory that is elsewhere, too: damaged');
      this.#made.add(entry.number);
      mkdirSync(place, 0o700);
      await within(place, constants.O_DIRECTORY, (inside) => this.fill(inside, entry, path));
    } else if (!this.#selection.wants(path)) return;
    else if (attributes.type === 'symlink') this.#link(place, entry, attributes, path);
    else
      await within(place, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, async (file) => {
        for (const block of this.#chain.content(entry, attributes)) {
          writeAll(file, block);
          await this.#breathe();
        }
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

  /** A change of owner takes the set-user-ID bit away: so that comes before the mode. */
  #finish(file: number, { owner, group, mode, modified }: Attributes): void {
    if (this.#owned) fchownSync(file, owner, group);
    fchmodSync(file, mode & 0o7777);
    futimesSync(file, modified, modified);
  }

  /** Lets a signal in: all else here waits for nothing. */
  async #breathe(): Promise<void> {
    if (performance.now() - this.#breathed < breath) return;
    await setImmediate();
    this.#breathed = performance.now();
    if (interruption.aborted) throw failure('interrupted', 'not all of the volume was restored');
  }
}

async function within(place: Buffer, flags: number, use: (file: number) => Promise<void>): Promise<void> {
  const file = openSync(place, flags | constants.O_NOFOLLOW, 0o600);
  try {
    await use(file);
  } finally {
    closeSync(file);
  }
}

/** write(2) writes less than all where the file system gets full: the next call says so. */
function writeAll(file: number, block: Buffer): void {
  for (let written = 0; written < block.length; ) written += writeSync(file, block, written);
}

/** A name in an open directory: however deep that is, and whatever is put in the place of the directories above it. */
function at(directory: number, name: BytePath): Buffer {
  return Buffer.from(`/proc/self/fd/${directory}/${name}`, 'latin1');
}
