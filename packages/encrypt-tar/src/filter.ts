import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { BytePath } from 'path-stream';
import type { Opening } from 'sealed-file';
import { formatPax, type Pax } from './pax.ts';
import { scanSealed } from './scan.ts';
import { type Header, padded, withChecksum } from './tar-stream.ts';

/** What becomes of a member on its way: left out, passed on as it is, or under other names. */
export interface Passage {
  readonly pass: boolean;
  readonly path?: BytePath;
  readonly target?: BytePath;
}

/**
 * Passes on those members of a sealed archive that `decide` lets through, without the end of the archive, so that another one can
 * follow. `decide` is asked in the order of the archive.
 */
export function passMembers(
  archive: string,
  opening: Opening,
  to: Writable,
  decide: (header: Header, place: number) => Passage,
  passed: (bytes: number) => void,
): Promise<void> {
  let place = 0;
  let passing = false;
  const visitor = {
    header: (header: Header, raw: Buffer) => {
      const passage = decide(header, place++);
      passing = passage.pass;
      if (passing) to.write(isRenamed(passage) ? renamed(header, raw, passage) : Buffer.from(raw));
    },
    data: (piece: Buffer) => {
      if (!passing) return;
      to.write(piece);
      passed(piece.length);
    },
    end: () => {},
  };
  return scanSealed(archive, opening, visitor, async () => {
    if (to.errored) throw to.errored; // a destroyed stream never drains
    if (to.writableNeedDrain) await once(to, 'drain');
  });
}

/** What ends an archive: two blocks of zeros. */
export const endOfArchive: Buffer = Buffer.alloc(1024);

function isRenamed({ path, target }: Passage): boolean {
  return path !== undefined || target !== undefined;
}

/** The headers of a member under other names: those in the pax header count. */
function renamed(header: Header, raw: Buffer, { path, target }: Passage): Buffer {
  const pax: Pax = new Map(header.pax);
  if (path !== undefined) pax.set(header.sparse ? 'GNU.sparse.name' : 'path', path);
  if (target !== undefined) pax.set('linkpath', target);
  const data = Buffer.from(formatPax(pax), 'latin1');
  const block = raw.subarray(raw.length - 512);
  const extended = Buffer.from(block);
  extended.write('x', 156, 'latin1');
  extended.fill(0, 157, 257);
  extended.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  return Buffer.concat([
    withChecksum(extended),
    data,
    Buffer.alloc(padded(data.length) - data.length),
    block,
  ]);
}
