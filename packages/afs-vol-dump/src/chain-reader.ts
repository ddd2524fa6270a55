import { readSync } from 'node:fs';
import { failure } from 'command-line';
import { BufferSource, FileSource } from './byte-source.ts';
import { type Attributes, type DumpHead, DumpReader, longestAttributes, type Vnode } from './dump-format.ts';
import { type Extent, VnodeTable } from './vnode-table.ts';

/** A dump in an open file; the name is for messages. */
export interface DumpFile {
  readonly name: string;
  readonly file: number;
}

/** So much is copied, and handed on, at once. */
export const blockLength = 1 << 20;

/**
 * A full dump and the incremental ones that stand on it, as one volume: as the last of them has it. Each incremental dump names
 * every vnode that there was; what it does not have the content of must be in one before it. A dump that does not follow the one before,
 * and a vnode that none has, are errors when this is made.
 */
export class ChainReader {
  readonly head: DumpHead;
  readonly newest: DumpFile;
  readonly #dumps: readonly DumpFile[];
  readonly #table = new VnodeTable();

  constructor(dumps: readonly DumpFile[]) {
    const newest = dumps.at(-1);
    if (newest === undefined) throw failure('dumps', 'none given');
    this.#dumps = dumps;
    this.newest = newest;
    let head: DumpHead | undefined;
    for (const [index, dump] of dumps.entries()) head = this.#survey(index, dump, head);
    this.head = head as DumpHead; // there is a newest one
  }

  /** All vnodes that the volume has, in the order of the last dump. */
  *vnodes(): Generator<Vnode> {
    const { name, file } = this.newest;
    const reader = new DumpReader(new FileSource(file, name), name);
    reader.head();
    yield* reader.vnodes();
  }

  /** A vnode's attributes and content, as they stand in the dump that has them. */
  *record(vnode: Pick<Vnode, 'number' | 'uniquifier'>): Generator<Buffer> {
    const { dump, start, length } = this.#find(vnode, this.newest);
    yield* this.copy(this.#dump(dump), start, length);
  }

  attributes(vnode: Pick<Vnode, 'number' | 'uniquifier'>): Attributes {
    const { dump, start, length } = this.#find(vnode, this.newest);
    const { file, name } = this.#dump(dump);
    const bytes = Buffer.alloc(Math.min(length, longestAttributes));
    readSync(file, bytes, 0, bytes.length, start);
    return new DumpReader(new BufferSource(bytes), name).attributes(bytes.length);
  }

  /** What a file, a directory or a link has in it. */
  *content(vnode: Pick<Vnode, 'number' | 'uniquifier'>, { content }: Attributes): Generator<Buffer> {
    const { dump, start } = this.#find(vnode, this.newest);
    yield* this.copy(this.#dump(dump), start + content.start, content.length);
  }

  /** A piece of a dump. */
  *copy({ name, file }: DumpFile, start: number, length: number): Generator<Buffer> {
    for (let done = 0; done < length; ) {
      const block = Buffer.allocUnsafe(Math.min(blockLength, length - done));
      const read = readSync(file, block, 0, block.length, start + done);
      if (read === 0) throw failure(name, 'cut short');
      yield block.subarray(0, read);
      done += read;
    }
  }

  /** Reads one dump to its end, and puts what it has into the table. */
  #survey(index: number, dump: DumpFile, before: DumpHead | undefined): DumpHead {
    const reader = new DumpReader(new FileSource(dump.file, dump.name), dump.name);
    const head = reader.head();
    checkSuccession(dump, head, before);
    for (const vnode of reader.vnodes()) {
      if (vnode.length > 0) this.#table.set(index, vnode);
      else this.#find(vnode, dump);
    }
    return head;
  }

  #dump(index: number): DumpFile {
    return this.#dumps[index] ?? this.newest;
  }

  #find(vnode: Pick<Vnode, 'number' | 'uniquifier'>, { name }: DumpFile): Extent {
    const found = this.#table.get(vnode);
    if (found === undefined)
      throw failure(name, `vnode ${vnode.number}.${vnode.uniquifier} has its content in no dump`);
    return found;
  }
}

function checkSuccession({ name }: DumpFile, head: DumpHead, before: DumpHead | undefined): void {
  if (before === undefined) {
    if (head.from !== 0) throw failure(name, 'not a full dump: what it stands on is missing');
    return;
  }
  if (head.from === 0 || head.from > before.to)
    throw failure(name, 'does not follow the dump before it', 'a dump between them is missing');
  if (head.parent !== before.parent) throw failure(name, 'of another volume than the dump before it');
}
