import { blockLength, type ChainReader } from './chain-reader.ts';
import { endMark, fullDumpHeader, vnodeHeader } from './dump-format.ts';

/**
 * Puts a full dump and the incremental ones that stand on it together into one full dump, in blocks: what `vos restore` makes of them,
 * one after the other, is what it makes of this.
 */
export function* mergeDumps(chain: ChainReader): Generator<Buffer> {
  let pieces: Buffer[] = [];
  let length = 0;
  for (const piece of piecesOf(chain)) {
    pieces.push(piece);
    length += piece.length;
    if (length < blockLength) continue;
    yield Buffer.concat(pieces);
    [pieces, length] = [[], 0];
  }
  yield Buffer.concat(pieces);
}

function* piecesOf(chain: ChainReader): Generator<Buffer> {
  const { head, newest } = chain;
  yield fullDumpHeader(head);
  yield* chain.copy(newest, head.volumeAt, head.vnodesAt - head.volumeAt);
  for (const vnode of chain.vnodes()) {
    yield vnodeHeader(vnode);
    yield* chain.record(vnode);
  }
  yield endMark;
}
