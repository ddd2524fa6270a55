import { failure } from 'command-line';

/** An entry of a directory; the name as its bytes, in latin-1. */
export interface DirectoryEntry {
  readonly name: string;
  readonly number: number;
  readonly uniquifier: number;
}

/** The layout of src/dir/dir.h of OpenAFS: 32 bytes a piece, of which an entry takes as many as its name needs. */
const piece = 32;
const hashTable = { start: 32 + 128, buckets: 128 } as const;
/** Of an entry: where the next one of its bucket, its vnode and its name are. */
const at = { next: 2, vnode: 4, uniquifier: 8, name: 12 } as const;

/** The entries of a directory, from its content, but for `.` and `..`. */
export function parseDirectory(bytes: Buffer, what: string): DirectoryEntry[] {
  const fault = (): Error => failure(what, 'has a directory that cannot be read');
  const entries: DirectoryEntry[] = [];
  let left = bytes.length / piece; // no more entries than pieces: a circle would never end
  for (let bucket = 0; bucket < hashTable.buckets; bucket += 1) {
    let place = readShort(bytes, hashTable.start + bucket * 2, fault) * piece;
    for (; place !== 0; place = readShort(bytes, place + at.next, fault) * piece) {
      const end = bytes.indexOf(0, place + at.name);
      left -= 1;
      if (end < 0 || left < 0) throw fault();
      const name = bytes.toString('latin1', place + at.name, end);
      if (name === '.' || name === '..') continue;
      if (name === '' || name.includes('/')) throw fault();
      const number = bytes.readUInt32BE(place + at.vnode);
      entries.push({ name, number, uniquifier: bytes.readUInt32BE(place + at.uniquifier) });
    }
  }
  return entries;
}

function readShort(bytes: Buffer, place: number, fault: () => Error): number {
  if (place + 2 > bytes.length) throw fault();
  return bytes.readUInt16BE(place);
}
