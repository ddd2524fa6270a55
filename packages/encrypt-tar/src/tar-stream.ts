import { failure } from 'command-line';
import type { BytePath } from 'path-stream';
import { type Content, contentOf } from './content.ts';
import type { EntryType } from './entry.ts';
import { type Pax, parsePax } from './pax.ts';

/** A member of an archive, as its headers have it. */
export interface Header {
  /** Relative, as tar writes it; a directory ends in a slash. */
  readonly path: BytePath;
  /** `link`: a hard link to `target`. */
  readonly type: EntryType | 'link';
  readonly target: BytePath;
  /** Of the content, holes included. */
  readonly size: number;
  /** Seconds since the epoch, in decimals as tar wrote them. */
  readonly mtime: string;
  readonly ctime: string | undefined;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** What follows the headers in the archive, in bytes, without what fills up the last block. */
  readonly stored: number;
  /** Whether the data starts with a map of its holes (GNU tar, sparse format 1.0). */
  readonly sparse: boolean;
  readonly pax: Pax;
}

/** What a scan comes across, in the order of the archive. */
export interface Visitor {
  /** The member's headers, as they stand in the archive: the bytes are good until this returns. */
  header(header: Header, raw: Buffer): void;
  /** A piece of the member's data, with what fills up the last block: the same. */
  data(piece: Buffer): void;
  /** The member has ended. `sha256`: of a file's content, where it was followed (see content.ts). */
  end(header: Header, sha256: string | undefined): void;
}

const blockSize = 512;
/** A member's extended attributes fit in this many times over; it bounds the memory that a damaged archive can cost. */
const longestHeaders = 1 << 24;
const types: Record<string, Header['type']> = {
  '0': 'file',
  '\0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

/**
 * Reads a POSIX (pax) archive of GNU tar as it passes by, in pieces of any size (POSIX, pax: "ustar Interchange Format"; GNU tar
 * manual, "Storing Sparse Files"). Digests are of the bytes in the archive itself.
 */
export class TarScanner {
  readonly #visitor: Visitor;
  readonly #name: string;
  /** The headers of the next member, as far as they have come: `#have` of `#need` bytes. */
  #headers = Buffer.allocUnsafe(1 << 13);
  #have = 0;
  #need = blockSize;
  #pax: Pax = new Map();
  #member: Header | undefined;
  #content: Content | undefined;
  #left = 0;
  #ended = false;

  /** `name` is what messages call the archive. */
  constructor(visitor: Visitor, name = 'archive') {
    this.#visitor = visitor;
    this.#name = name;
  }

  /** Takes the next piece. What is no archive is an error. */
  write(piece: Buffer): void {
    let at = 0;
    while (at < piece.length && !this.#ended) {
      if (this.#member !== undefined) at += this.#data(this.#member, piece, at);
      else at += this.#collect(piece, at);
    }
  }

  /** The archive has come to its end: an error where it has not. */
  finish(): void {
    if (!this.#ended) throw failure(this.#name, 'it ends in the middle');
  }

  #data(member: Header, piece: Buffer, at: number): number {
    const part = piece.subarray(at, at + this.#left);
    this.#visitor.data(part);
    this.#content?.update(part);
    this.#left -= part.length;
    if (this.#left === 0) this.#close(member);
    return part.length;
  }

  #close(member: Header): void {
    this.#visitor.end(member, this.#content?.digest());
    this.#member = undefined;
  }

  #collect(piece: Buffer, at: number): number {
    const length = piece.copy(this.#headers, this.#have, at, at + this.#need - this.#have);
    this.#have += length;
    if (this.#have === this.#need) this.#take(this.#headers.subarray(this.#have - blockSize, this.#have));
    return length;
  }

  /** All that was needed is there: a block, or the data of a pax header with the block that follows it. */
  #take(block: Buffer): void {
    if (this.#have === blockSize && block.every((byte) => byte === 0)) {
      this.#ended = true; // there are two of them; what comes after is padding
      return;
    }
    checkSum(block);
    const flag = String.fromCharCode(block[156] ?? 0);
    if (flag === 'x') this.#expect(number(block, 124, 12));
    else this.#open(flag, block);
  }

  /** A pax header of so many bytes, and then the block of the member that it is about. */
  #expect(length: number): void {
    this.#need = this.#have + padded(length) + blockSize;
    if (this.#have !== blockSize || this.#need > longestHeaders)
      throw failure('archive', 'headers that GNU tar does not write');
    if (this.#need > this.#headers.length) {
      const larger = Buffer.allocUnsafe(this.#need);
      this.#headers.copy(larger, 0, 0, this.#have);
      this.#headers = larger;
    }
  }

  #open(flag: string, block: Buffer): void {
    if (this.#have > blockSize)
      this.#pax = parsePax(
        this.#headers.toString('latin1', blockSize, blockSize + number(this.#headers, 124, 12)),
      );
    const member = readHeader(flag, block, this.#pax);
    this.#visitor.header(member, this.#headers.subarray(0, this.#have));
    this.#pax = new Map();
    this.#have = 0;
    this.#need = blockSize;
    this.#member = member;
    this.#left = padded(member.stored);
    this.#content = member.type === 'file' ? contentOf(member) : undefined;
    if (this.#left === 0) this.#close(member);
  }
}

function readHeader(flag: string, block: Buffer, pax: Pax): Header {
  const type = types[flag];
  if (type === undefined) throw failure('archive', `a member of a kind that GNU tar does not write: ${flag}`);
  const prefix = text(block, 345, 155);
  const name = text(block, 0, 100);
  const stored = type === 'file' ? Number(pax.get('size') ?? number(block, 124, 12)) : 0;
  const sparse = pax.get('GNU.sparse.major') === '1';
  return {
    path: pax.get('GNU.sparse.name') ?? pax.get('path') ?? (prefix === '' ? name : `${prefix}/${name}`),
    type,
    target: pax.get('linkpath') ?? text(block, 157, 100),
    size: sparse ? Number(pax.get('GNU.sparse.realsize')) : stored,
    mtime: pax.get('mtime') ?? String(number(block, 136, 12)),
    ctime: pax.get('ctime'),
    mode: number(block, 100, 8) & 0o7777,
    uid: Number(pax.get('uid') ?? number(block, 108, 8)),
    gid: Number(pax.get('gid') ?? number(block, 116, 8)),
    stored,
    sparse,
    pax,
  };
}

/** The bytes of a field up to the first NUL. */
function text(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('latin1', at, end === -1 || end > at + length ? at + length : end);
}

/** An octal number. */
function number(block: Buffer, at: number, length: number): number {
  const digits = text(block, at, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw noArchive();
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function checkSum(block: Buffer): void {
  if (sumOf(block) !== number(block, 148, 8)) throw noArchive();
}

/** A header with its sum made anew. */
export function withChecksum(block: Buffer): Buffer {
  block.write(`${sumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** The sum of a header's bytes, its own field taken for blanks. */
function sumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < blockSize; at += 1) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return sum;
}

function noArchive(): Error {
  return failure('archive', 'not a tar archive, or a damaged one');
}

/** Rounded up to whole blocks. */
export function padded(length: number): number {
  return Math.ceil(length / blockSize) * blockSize;
}
