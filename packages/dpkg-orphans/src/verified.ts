import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { errorCode, failure, type Report, reason } from 'command-line';
import { storeFile } from 'sealed-file';
import type { Root } from './root.ts';

const header = 'dpkg-orphans verified 1';

/**
 * So long before now (in ms) an inode must have changed last. Another change at the same tick of the kernel's clock would not
 * show; nor would one through a shared mapping, before the kernel has written out what it has of an earlier one: it does so
 * after 30 s.
 */
const longestSilence = 40_000;

/**
 * Which contents have been read and had their digest: a line each of device, inode, size, both times, and digest. Whatever
 * changes content changes the time of the inode's last change, which nobody can set. A file that is lost or damaged costs the
 * time to read all again: no line fits that was not written for it.
 */
export class VerifiedCache {
  readonly #file: string | undefined;
  readonly #known: ReadonlySet<string>;
  readonly #seen = new Set<string>();
  #added = false;
  readonly #started = Date.now();

  /** Without a file, nothing is known and nothing kept. */
  constructor(file: string | undefined) {
    this.#file = file;
    this.#known = new Set(file === undefined ? [] : readLines(file));
  }

  has(fingerprint: string): boolean {
    if (!this.#known.has(fingerprint)) return false;
    this.#seen.add(fingerprint);
    return true;
  }

  /** `fingerprint` is of before the content was read; undefined for one that is not to be kept. */
  add(fingerprint: string | undefined): void {
    if (fingerprint === undefined) return;
    this.#seen.add(fingerprint);
    this.#added = true;
  }

  /** Whether a file has changed so lately that one more change could leave the same times. */
  isYoung({ ctimeMs }: Stats): boolean {
    return ctimeMs > this.#started - longestSilence;
  }

  /** Keeps what this run has seen; also what it has not, where it did not look at `everything`. */
  async save(everything: boolean, report: Report): Promise<void> {
    const file = this.#file;
    if (file === undefined || !this.#added) return;
    const lines = everything ? this.#seen : new Set([...this.#known, ...this.#seen]);
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      await storeFile(file, async (handle) => {
        await handle.writeFile(`${[header, ...lines].join('\n')}\n`);
      });
    } catch (error) {
      report.note(file, `not written, so the next run reads all again: ${reason(error)}`);
    }
  }
}

/** The cache of a root: in a file, or `none`; by default in one for each root, and outside of it. */
export function openCache(file: string | undefined, root: Root): VerifiedCache {
  return new VerifiedCache(file === 'none' ? undefined : (file ?? defaultFile(root)));
}

function defaultFile(root: Root): string {
  const own = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const directory = join(process.getuid?.() === 0 ? '/var/cache' : own, 'dpkg-orphans');
  if (root.prefix === '') return join(directory, 'verified');
  const name = createHash('sha256').update(root.prefix, 'latin1').digest('hex').slice(0, 16);
  return join(directory, `verified-${name}`);
}

/** Nothing where somebody else could have written it. */
function readLines(file: string): string[] {
  try {
    const stats = lstatSync(file);
    if (!stats.isFile() || stats.uid !== process.getuid?.() || (stats.mode & 0o022) !== 0) return [];
    const [first, ...lines] = readFileSync(file, 'latin1').split('\n');
    return first === header ? lines : [];
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EACCES') return [];
    throw failure(file, reason(error));
  }
}

/** What is the same only for the same content and attributes: see VerifiedCache. `content` is a file's digest, or a word. */
export function fingerprint({ dev, ino, size, mtimeMs, ctimeMs }: Stats, content: string): string {
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs} ${content}`;
}
