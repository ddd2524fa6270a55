import { readSync } from 'node:fs';
import { failure } from 'command-line';
import { FileSource } from './byte-source.ts';
import {
  type DumpHead,
  DumpReader,
  endMark,
  fullDumpHeader,
  type Vnode,
  vnodeHeader,
} from './dump-format.ts';
import { VnodeTable } from './vnode-table.ts';

/** A dump in an open file; the name is for messages. */
export interface DumpFile {
  readonly name: string;
  readonly file: number;
}

/** So much is copied, and handed on, at once. */
const blockLength = 1 << 20;

/**
 * Puts a full dump and the incremental ones that stand on it together into one full dump, of the volume as the last of them has it:
 * what `vos restore` makes of them one after the other. Each incremental dump names every vnode that there was; what it does not
 * have the content of must be in one before it. A dump that does not follow the one before, and a vnode that none has, are errors.
 */
export function* mergeDumps(dumps: readonly DumpFile[]): Generator<Buffer> {
  let pieces: Buffer[] = [];
  let length = 0;
  for (const piece of piecesOf(dumps)) {
    pieces.push(piece);
    length += piece.length;
    if (length < blockLength) continue;
    yield Buffer.concat(pieces);
    [pieces, length] = [[], 0];
  }
  yield Buffer.concat(pieces);
}

function* piecesOf(dumps: readonly DumpFile[]): Generator<Buffer> {
  const table = new VnodeTable();
  let last: DumpHead | undefined;
  for (const [index, dump] of dumps.entries()) last = survey(index, dump, last, table);
  const newest = dumps.at(-1);
  if (last === undefined || newest === undefined) throw failure('dumps', 'none given');
  yield fullDumpHeader(last);
  yield* copy(newest, last.volumeAt, last.vnodesAt - last.volumeAt);
  for (const vnode of vnodesOf(newest)) {
    const { dump, start, length } = find(table, vnode, newest);
    yield vnodeHeader(vnode);
    yield* copy(dumps[dump] ?? newest, start, length);
  }
  yield endMark;
}

/** Reads one dump to its end, and puts what it has into the table. */
function survey(index: number, dump: DumpFile, before: DumpHead | undefined, table: VnodeTable): DumpHead {
  const reader = new DumpReader(new FileSource(dump.file, dump.name), dump.name);
  const head = reader.head();
  checkSuccession(dump, head, before);
  for (const vnode of reader.vnodes()) {
    if (vnode.length > 0) table.set(index, vnode);
    else find(table, vnode, dump);
  }
  return head;
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

function find(table: VnodeTable, vnode: Vnode, { name }: DumpFile) {
  const found = table.get(vnode);
  if (found === undefined)
    throw failure(name, `vnode ${vnode.number}.${vnode.uniquifier} has its content in no dump`);
  return found;
}

function* vnodesOf({ name, file }: DumpFile): Generator<Vnode> {
  const reader = new DumpReader(new FileSource(file, name), name);
  reader.head();
  yield* reader.vnodes();
}

function* copy({ name, file }: DumpFile, start: number, length: number): Generator<Buffer> {
  for (let done = 0; done < length; ) {
    const block = Buffer.allocUnsafe(Math.min(blockLength, length - done));
    const read = readSync(file, block, 0, block.length, start + done);
    if (read === 0) throw failure(name, 'cut short');
    yield block.subarray(0, read);
    done += read;
  }
}
