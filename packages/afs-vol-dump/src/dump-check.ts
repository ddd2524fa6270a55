import { failure } from 'command-line';
import { BufferSource, NotEnough } from './byte-source.ts';
import { type DumpHead, DumpReader, endMark, section, startMark, vnodeHeader } from './dump-format.ts';

/** More than any head: a volume's names and messages are short. */
const longestHead = 1 << 16;

/** Checks a dump while its bytes pass: how it starts, what its head says, and how it ends. */
export class DumpCheck {
  readonly #what: string;
  #start: Buffer | undefined = Buffer.alloc(0);
  #end: Buffer = Buffer.alloc(0);
  #head: DumpHead | undefined;
  /** How many bytes have passed. */
  bytes = 0;
  /** Whether any vnode has come with attributes: nothing has changed, where none has. */
  hasContent = false;
  /** How many bytes of the list of vnodes have passed. */
  #listed = 0;

  /** `what` is what messages call it. */
  constructor(what: string) {
    this.#what = what;
  }

  /** The next bytes. Throws as soon as they cannot be those of a dump. */
  pass(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#end =
      chunk.length < endMark.length ? Buffer.concat([this.#end.subarray(-endMark.length), chunk]) : chunk;
    if (this.#start === undefined) {
      this.#look(chunk);
      return;
    }
    this.#start = Buffer.concat([this.#start, chunk]);
    const known = Math.min(this.#start.length, startMark.length);
    if (!this.#start.subarray(0, known).equals(startMark.subarray(0, known)))
      throw failure(this.#what, 'does not start as a dump');
    this.#head = this.#read(this.#start);
    if (this.#head) {
      this.#look(this.#start.subarray(this.#head.vnodesAt));
      this.#start = undefined;
    } else if (this.#start.length > longestHead) throw failure(this.#what, 'no head of a dump');
  }

  /** There are no more bytes. Returns the head of the dump, if it is a whole one. */
  finish(): DumpHead {
    if (this.bytes === 0) throw failure(this.#what, 'nothing came');
    if (!this.#end.subarray(-endMark.length).equals(endMark) || this.#head === undefined)
      throw failure(this.#what, `cut short after ${this.bytes} bytes: the end of a dump is missing`);
    return this.#head;
  }

  /** Without attributes, each vnode is as long as its header, and the end follows the last one. */
  #look(bytes: Buffer): void {
    const length = vnodeHeader({ number: 0, uniquifier: 0 }).length;
    for (
      let at = (length - (this.#listed % length)) % length;
      at < bytes.length && !this.hasContent;
      at += length
    )
      this.hasContent = bytes[at] !== section.vnode && bytes[at] !== section.end;
    this.#listed += bytes.length;
  }

  #read(start: Buffer): DumpHead | undefined {
    try {
      return new DumpReader(new BufferSource(start), this.#what).head();
    } catch (error) {
      if (error instanceof NotEnough) return undefined;
      throw error;
    }
  }
}
