import { createHash } from 'node:crypto';
import { failure } from 'command-line';
import { Ends, type Findings, type Form, type Inspector } from '../inspector.ts';
import { Crc64 } from './crc64.ts';

/** Redis's own format ends with its last opcode and a checksum; what a server sends on the fly, with a mark of 40 digits behind that. */
const form: Form = {
  what: 'a snapshot of Redis',
  start: /^REDIS\d{4}/,
  end: /\xff[\s\S]{8}(?:[0-9a-f]{40})?$/,
};

/** The checksum and the mark: no more than that changes at the end when nothing else does. */
const longestTail = 48;

/** More than all that stands before the first key. */
const longestHead = 4096;

/** What Redis says of itself, and of the moment, in fields that it passes over when it reads them (rdb.c, RDB_OPCODE_AUX). */
const passing = ['ctime', 'used-mem', 'repl-stream-db', 'repl-id', 'repl-offset'];

/** Digests a snapshot without the time it was made at, and the like; sees that its checksum is that of its bytes. */
export class RdbInspector implements Inspector {
  readonly #ends = new Ends(form);
  readonly #hash = createHash('sha256');
  readonly #checksum = new Crc64();
  #head: Buffer | undefined = Buffer.alloc(0);
  #tail: Buffer = Buffer.alloc(0);

  pass(chunk: Buffer): void {
    this.#ends.pass(chunk);
    const all = Buffer.concat([this.#tail, chunk]);
    const settled = Math.max(0, all.length - longestTail);
    this.#settle(all.subarray(0, settled));
    this.#tail = all.subarray(settled);
  }

  finish(): Findings {
    this.#ends.finish();
    const hasMark =
      this.#tail.length === longestTail && /^[0-9a-f]{40}$/.test(this.#tail.toString('latin1', 8));
    const end = hasMark ? 0 : this.#tail.length - 8;
    this.#settle(this.#tail.subarray(0, end));
    if (this.#head !== undefined) this.#passHead(this.#head);
    const checksum = this.#tail.subarray(end, end + 8);
    if (!checksum.equals(noChecksum) && !checksum.equals(this.#checksum.digest()))
      throw failure(form.what, 'cut short, or damaged: its checksum is not that of its bytes');
    return { bytes: this.#ends.bytes, sha256: this.#hash.digest('hex'), rows: undefined };
  }

  /** Bytes that are not of the end. */
  #settle(bytes: Buffer): void {
    this.#checksum.update(bytes);
    if (this.#head === undefined) this.#hash.update(bytes);
    else {
      this.#head = Buffer.concat([this.#head, bytes]);
      if (this.#head.length >= longestHead) this.#passHead(this.#head);
    }
  }

  #passHead(head: Buffer): void {
    this.#head = undefined;
    for (const piece of withoutPassing(head)) this.#hash.update(piece);
  }
}

/** Of a server that is told not to make one (redis.conf, rdbchecksum). */
const noChecksum = Buffer.alloc(8);

const auxiliary = 0xfa;

/** The fields at the start but those, and all that follows. */
function withoutPassing(head: Buffer): Buffer[] {
  const pieces = [head.subarray(0, 9)];
  let at = 9;
  while (head[at] === auxiliary) {
    const key = stringAt(head, at + 1);
    const value = stringAt(head, key.end);
    if (!passing.includes(head.toString('latin1', key.start, key.end)))
      pieces.push(head.subarray(at, value.end));
    at = value.end;
  }
  return [...pieces, head.subarray(at)];
}

/** A string by its length, or an integer of 1, 2 or 4 bytes, as its first byte tells (rdb.c, rdbLoadLen). */
function stringAt(bytes: Buffer, at: number): { start: number; end: number } {
  const first = bytes[at] ?? 0;
  if (first >= 0xc0) return { start: at + 1, end: at + 1 + (1 << (first & 0x3f)) };
  if (first < 0x40) return { start: at + 1, end: at + 1 + first };
  const length = ((first & 0x3f) << 8) | (bytes[at + 1] ?? 0);
  return { start: at + 2, end: at + 2 + length };
}
