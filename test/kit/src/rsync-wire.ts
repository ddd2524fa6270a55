// A client that speaks rsync's wire protocol itself, so that a test can ask a server for what the real client never
// would. Protocol 29 is the plainest of those in use: little-endian numbers, one file list, and what the client sends
// is not multiplexed. Of the options that change what a server sends, it knows -l, -o, -g, -D and --numeric-ids.

import type { ChildProcess } from 'node:child_process';
import { PassThrough, pipeline } from 'node:stream';
import { type Ended, start } from './run.ts';

export interface WireOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the server is killed, so that a stuck conversation ends; 20 s without it. */
  readonly limit?: number;
}

export interface ListRequest {
  /** Filter rules as the server parses them: `- *.x`, `. /a/file` (merge a file), `: .rules` (merge per directory). */
  readonly filters?: readonly string[];
  /** The names for a server line with `--files-from=- --from0`. */
  readonly filesFrom?: readonly string[];
}

export interface WireEntry {
  /** What `read` takes: the place in the list as the server sorts it. */
  readonly index: number;
  readonly name: string;
  readonly mode: number;
  readonly length: number;
  /** In seconds. */
  readonly mtime: number;
  /** Where a symbolic link points to; absent for other entries, and from a server without -l. */
  readonly target?: string;
}

export interface WireMessage {
  readonly channel: string;
  readonly text: string;
}

export interface WireEnd extends Ended {
  /** What came on the message channels. Servers since 3.2 write their errors to stderr instead: see `text`. */
  readonly messages: readonly WireMessage[];
  /** All the messages and stderr. */
  readonly text: string;
  /** All the server sent, raw and decoded, for a test to search: framing or a shared prefix hides no secret. */
  readonly everything: Buffer;
  /** Why the conversation broke off; absent after one that ran to its end. */
  readonly broken?: string;
}

interface RawEntry extends Omit<WireEntry, 'index' | 'name'> {
  readonly bytes: Buffer;
}

const protocol = 29;
const longestPath = 4096;
const sumLength = 16;
const done = -1;
const transfer = 0x8000;
const dataTag = 7;
const channels = ['data', 'error_xfer', 'info', 'error', 'warning', 'error_socket', 'log', 'client'];
const flag = { sameMode: 2, extended: 4, sameUid: 8, sameGid: 16, sameName: 32, longName: 64, sameTime: 128 };
const deviceFlag = { sameMajor: 0x100, smallMinor: 0x800 };
const kind = { mask: 0o170000, directory: 0o040000, regular: 0o100000, link: 0o120000 };

/** The server ended, or sent what has no place in the protocol. Never leaves this file. */
class Broken extends Error {}

/** Reads exactly as many bytes as asked for, out of chunks of any size. */
class Reader {
  readonly #chunk: () => Promise<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunk: () => Promise<Buffer>) {
    this.#chunk = chunk;
  }

  async bytes(length: number): Promise<Buffer> {
    while (this.#rest.length < length) this.#rest = Buffer.concat([this.#rest, await this.#chunk()]);
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  async byte(): Promise<number> {
    return (await this.bytes(1)).readUInt8();
  }

  async int(): Promise<number> {
    return (await this.bytes(4)).readInt32LE();
  }

  /** Numbers of 4 bytes, or of 8 behind a -1. */
  async long(): Promise<number> {
    const short = await this.int();
    return short === -1 ? Number((await this.bytes(8)).readBigInt64LE()) : short;
  }

  async path(length: number): Promise<Buffer> {
    if (length < 0 || length > longestPath) throw new Broken(`a path of ${length} bytes`);
    return await this.bytes(length);
  }
}

/** A conversation with one server; after `list`, any number of `read`, then `close`. */
export class RsyncWire {
  /** For a test to kill. */
  readonly child: ChildProcess;
  readonly #has: (option: string) => boolean;
  readonly #ended: Promise<Ended>;
  readonly #raw: Reader;
  readonly #data: Reader;
  readonly #messages: WireMessage[] = [];
  readonly #decoded: Buffer[] = [];
  #broken: string | undefined;

  /** Starts the server: rsync itself, or ssh and what leads to one. */
  constructor(argv: readonly string[], options: WireOptions = {}) {
    const { child, ended } = start(argv, { keepOpen: true, ...(options.env && { env: options.env }) });
    this.child = child;
    this.#has = serverOptions(argv);
    this.#ended = bounded(child, ended, options.limit ?? 20_000);
    this.#raw = new Reader(chunksOf(child));
    this.#data = new Reader(() => this.#frame());
  }

  /** Greets the server and takes its file list; undefined when the server ends, or leaves the protocol, before that. */
  list(request: ListRequest = {}): Promise<readonly WireEntry[] | undefined> {
    return this.#attempt(async () => {
      this.#send(int(protocol));
      const version = await this.#raw.int();
      if (version < protocol || version > 255) throw new Broken(`protocol ${version}`);
      await this.#raw.int(); // the checksum seed
      for (const rule of request.filters ?? []) this.#send(int(Buffer.byteLength(rule)), Buffer.from(rule));
      this.#send(int(0));
      if (request.filesFrom) this.#send(Buffer.from([...request.filesFrom, '', ''].join('\0')));
      const entries = await this.#entries();
      await this.#names();
      await this.#data.int(); // the server's I/O errors, as bits
      return entries.sort(byPlace).map(({ bytes, ...rest }, index) => ({ index, name: `${bytes}`, ...rest }));
    });
  }

  /**
   * The content of a file, asked for as if there was none here; undefined when the server refuses or ends. In
   * protocol 29 a refusal is a message and no more: an item without a transfer, which the server only repeats,
   * follows the request to mark where its answer ends.
   */
  read(index: number): Promise<Buffer | undefined> {
    return this.#attempt(async () => {
      this.#send(int(index), short(transfer), int(0), int(0), int(0), int(0), int(index), short(0));
      if (!(await this.#transfers())) return undefined;
      await this.#data.bytes(4 * 4); // the sums' head
      const content = await this.#tokens();
      await this.#data.bytes(sumLength);
      await this.#transfers();
      return content;
    });
  }

  /** Ends the conversation as a client should, and waits for the server's end. */
  async close(): Promise<WireEnd> {
    const broken = this.#broken;
    this.#send(int(done), int(done), int(done), int(done)); // three phases and the goodbye
    if (broken !== undefined) this.child.stdin?.end(); // a server that still reads takes this for a failure
    await this.#attempt(() => drained(() => this.#frame()));
    await this.#attempt(() => drained(() => this.#raw.bytes(1)));
    this.child.stdin?.end();
    const ended = await this.#ended;
    const text = this.#messages.map((message) => message.text).join('') + ended.stderr;
    const everything = Buffer.concat([ended.stdout, ...this.#decoded, Buffer.from(text)]);
    return { ...ended, messages: this.#messages, text, everything, ...(broken !== undefined && { broken }) };
  }

  /** Takes the steps of a conversation; undefined, and the reason kept, when the server leaves it. */
  async #attempt<T>(steps: () => Promise<T>): Promise<T | undefined> {
    try {
      return await steps();
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      this.#broken ??= error.message;
      return undefined;
    }
  }

  #send(...parts: readonly Buffer[]): void {
    this.child.stdin?.write(Buffer.concat(parts));
  }

  /** The next data; messages on the way to it are kept. */
  async #frame(): Promise<Buffer> {
    for (;;) {
      const head = (await this.#raw.int()) >>> 0;
      const tag = head >>> 24;
      if (tag < dataTag) throw new Broken(`a frame of type ${tag}`);
      const payload = await this.#raw.bytes(head & 0xffffff);
      if (tag === dataTag) {
        this.#decoded.push(payload);
        return payload;
      }
      const channel = channels[tag - dataTag] ?? `${tag - dataTag}`;
      this.#messages.push({ channel, text: payload.toString() });
    }
  }

  async #entries(): Promise<RawEntry[]> {
    const entries: RawEntry[] = [];
    for (;;) {
      const low = await this.#data.byte();
      if (low === 0) return entries;
      const flags = low & flag.extended ? low | ((await this.#data.byte()) << 8) : low;
      const entry = await this.#entry(flags, entries.at(-1));
      this.#decoded.push(Buffer.concat([entry.bytes, Buffer.from('\n')]));
      entries.push(entry);
    }
  }

  /** An entry says only what differs from the one before it. */
  async #entry(flags: number, last: RawEntry | undefined): Promise<RawEntry> {
    const data = this.#data;
    const shared = flags & flag.sameName ? await data.byte() : 0;
    const rest = await data.path(flags & flag.longName ? await data.int() : await data.byte());
    const bytes = Buffer.concat([last?.bytes.subarray(0, shared) ?? Buffer.alloc(0), rest]);
    const length = await data.long();
    const mtime = flags & flag.sameTime ? (last?.mtime ?? 0) : (await data.int()) >>> 0;
    const mode = flags & flag.sameMode ? (last?.mode ?? 0) : await data.int();
    if (this.#has('o') && !(flags & flag.sameUid)) await data.int();
    if (this.#has('g') && !(flags & flag.sameGid)) await data.int();
    if (this.#has('D') && isSpecial(mode)) await this.#device(flags);
    const link = this.#has('l') && (mode & kind.mask) === kind.link;
    const target = link ? (await data.path(await data.int())).toString() : undefined;
    return { bytes, mode, length, mtime, ...(target !== undefined && { target }) };
  }

  async #device(flags: number): Promise<void> {
    if (!(flags & deviceFlag.sameMajor)) await this.#data.int();
    await this.#data.bytes(flags & deviceFlag.smallMinor ? 1 : 4);
  }

  /** The names of the owners and groups, which follow the list. */
  async #names(): Promise<void> {
    if (this.#has('--numeric-ids')) return;
    for (const option of ['o', 'g']) {
      if (!this.#has(option)) continue;
      while ((await this.#data.int()) !== 0) await this.#data.bytes(await this.#data.byte());
    }
  }

  /** Whether the item that the server answers for comes with a file's content. */
  async #transfers(): Promise<boolean> {
    await this.#data.int(); // its index
    return ((await this.#data.bytes(2)).readUInt16LE() & transfer) !== 0;
  }

  async #tokens(): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (;;) {
      const length = await this.#data.int();
      if (length < 0) throw new Broken('a match with a file the client does not have');
      if (length === 0) break;
      parts.push(await this.#data.bytes(length));
    }
    const content = Buffer.concat(parts);
    this.#decoded.push(content);
    return content;
  }
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

/** Which options a server got, of those that change its list: letters, and long options whole. */
function serverOptions(argv: readonly string[]): (option: string) => boolean {
  const [, line = ''] = argv.join(' ').split('--sender ', 2);
  const words = line.split(' ').filter((word) => word.startsWith('-'));
  const letters = words.flatMap((word) => /^-([A-Za-z]+)/.exec(word)?.[1] ?? []).join('');
  return (option) => words.includes(option) || letters.includes(option);
}

/** The server's end; kills it when that does not come in time, whoever still holds its pipes. */
function bounded(child: ChildProcess, ended: Promise<Ended>, limit: number): Promise<Ended> {
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, limit);
  const cleared = ended.finally(() => clearTimeout(timer));
  cleared.catch(() => {}); // close() rejects with it
  return cleared;
}

function chunksOf(child: ChildProcess): () => Promise<Buffer> {
  const buffered = new PassThrough();
  if (child.stdout) pipeline(child.stdout, buffered, () => {}); // an error ends the iteration too
  const chunks: AsyncIterator<Buffer> = buffered[Symbol.asyncIterator]();
  return async () => {
    const next = await chunks.next().catch(() => undefined);
    if (!next || next.done) throw new Broken('the server ended');
    return next.value;
  };
}

async function drained(next: () => Promise<Buffer>): Promise<never> {
  for (;;) await next();
}

/** Devices, and pipes and sockets, which this protocol gives a device number too. */
function isSpecial(mode: number): boolean {
  return ![kind.directory, kind.regular, kind.link].includes(mode & kind.mask);
}

/** rsync's order, by bytes: within a directory what is no directory comes first, and a directory before its content. */
function byPlace(one: RawEntry, other: RawEntry): number {
  const [left, right] = [steps(one), steps(other)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [a = '', b = ''] = [left[at], right[at]];
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}

/** The parts of a name; what leads further sorts behind what ends here, and the directory `.` is the empty name. */
function steps({ bytes, mode }: RawEntry): string[] {
  const parts = bytes.toString('latin1').split('/');
  const isDirectory = (mode & kind.mask) === kind.directory;
  if (isDirectory && parts.at(-1) === '.') parts[parts.length - 1] = '';
  const leadsOn = (at: number) => at < parts.length - 1 || (isDirectory && parts[at] !== '');
  return parts.map((part, at) => (leadsOn(at) ? `1${part}/` : `0${part}`));
}
