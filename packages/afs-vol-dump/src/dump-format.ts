import { failure } from 'command-line';

/**
 * The stream that `vos dump` writes (src/volser/dump.h and dumpstuff.c of OpenAFS): a header of the dump, one of the volume, then
 * the vnodes, directories first, and an end. All numbers are big-endian. A vnode without attributes has not changed.
 */
export const section = { dump: 1, volume: 2, vnode: 3, end: 4 } as const;

const beginMagic = 0xb3a11322;
const endMagic = 0x3a214b6e;

/** What a dump starts and ends with. */
export const startMark = Buffer.from([section.dump, 0xb3, 0xa1, 0x13, 0x22]);
export const endMark = Buffer.from([section.end, 0x3a, 0x21, 0x4b, 0x6e]);

/** How the value behind a tag is laid out. */
type Layout = 'byte' | 'short' | 'int' | 'string' | 'array' | 'acl' | 'data' | 'bigData';

const layouts = {
  [section.dump]: tagTable({ int: 'v', string: 'n', array: 't' }),
  [section.volume]: tagTable({ int: 'ivupcqmdfaoCAUEBDZV', byte: 'sbt', string: 'nOM', array: 'W' }),
  [section.vnode]: tagTable({ byte: 't', short: 'lb', int: 'vmaogps', acl: 'A', data: 'f', bigData: 'h' }),
} as const;

function tagTable(tags: Partial<Record<Layout, string>>): ReadonlyMap<number, Layout> {
  const entries = Object.entries(tags) as [Layout, string][];
  return new Map(entries.flatMap(([layout, letters]) => [...letters].map((c) => [c.charCodeAt(0), layout])));
}

/** A vnode's access list on disk: the large vnode's size without the small one's. */
const aclLength = 192;

/** Reads bytes in order: from a buffer, or from a file. */
export interface ByteSource {
  /** How many bytes have been read or passed over. */
  readonly position: number;
  /** The next so many bytes, valid until the next call. */
  take(length: number): Buffer;
  skip(length: number): void;
}

/** What a dump says of itself, and of the volume as it was. Times are seconds since 1970, by the server's clock. */
export interface DumpHead {
  readonly name: string;
  /** What changed from then on is in it, or all, from 0; and when the volume was as it is here. */
  readonly from: number;
  readonly to: number;
  /** The read-write volume that it is of: what was dumped may be a clone. */
  readonly parent: number;
  readonly updated: number;
  /** Where the header of the volume starts, and where the first vnode does. */
  readonly volumeAt: number;
  readonly vnodesAt: number;
}

/** A vnode of a dump: where its attributes and data are, none of them where it has not changed. */
export interface Vnode {
  readonly number: number;
  readonly uniquifier: number;
  readonly start: number;
  readonly length: number;
}

/** What a vnode is, by its attributes. */
export interface Attributes {
  readonly type: 'file' | 'directory' | 'symlink';
  /** How many names it has. */
  readonly links: number;
  /** Seconds since 1970. */
  readonly modified: number;
  readonly owner: number;
  readonly group: number;
  readonly mode: number;
  /** Where its content is, counted from the start of the attributes. */
  readonly content: { readonly start: number; readonly length: number };
}

const types = ['file', 'directory', 'symlink'] as const;

/** More than any vnode's attributes, without the content. */
export const longestAttributes = 512;

/** Reads a dump: first its head, then one vnode after the other. */
export class DumpReader {
  readonly #source: ByteSource;
  readonly #what: string;
  #next = 0;

  /** `what` is what messages call it. */
  constructor(source: ByteSource, what: string) {
    this.#source = source;
    this.#what = what;
  }

  head(): DumpHead {
    const source = this.#source;
    if (this.#byte() !== section.dump || this.#int() !== beginMagic)
      throw this.#fault('does not start as a dump');
    this.#int(); // its version
    const dump = this.#fields(section.dump);
    if (this.#next !== section.volume) throw this.#fault('no header of a volume in it');
    const volumeAt = source.position - 1;
    const volume = this.#fields(section.volume);
    const [from, to] = numbers(dump, 't');
    const [parent] = numbers(volume, 'p');
    const [updated] = numbers(volume, 'U');
    if (from === undefined || to === undefined || parent === undefined || updated === undefined)
      throw this.#fault('not all of its header is there');
    const name = dump.get('n')?.toString() ?? '';
    return { name, from, to, parent, updated, volumeAt, vnodesAt: source.position - 1 };
  }

  /** The vnodes behind the head; the end must be what ends a dump. */
  *vnodes(): Generator<Vnode> {
    while (this.#next === section.vnode) {
      const number = this.#int();
      const uniquifier = this.#int();
      const start = this.#source.position;
      this.#fields(section.vnode);
      yield { number, uniquifier, start, length: this.#source.position - 1 - start };
    }
    if (this.#next !== section.end || this.#int() !== endMagic) throw this.#fault('does not end as a dump');
  }

  /** What the attributes of one vnode say, where those are all that there is to read, so many bytes of them. */
  attributes(length: number): Attributes {
    const source = this.#source;
    const fields = new Map<string, number>();
    let content = { start: 0, length: 0 };
    while (source.position < length) {
      const tag = this.#byte();
      const layout = layouts[section.vnode].get(tag);
      if (layout === 'data' || layout === 'bigData') {
        const size = layout === 'data' ? this.#int() : this.#bigInt();
        content = { start: source.position, length: size };
        break;
      }
      const [value] = this.#value(layout);
      if (typeof value === 'number') fields.set(String.fromCharCode(tag), value);
    }
    const type = types[(fields.get('t') ?? 0) - 1];
    if (type === undefined) throw this.#fault('has a vnode of an unknown type');
    const of = (tag: string): number => fields.get(tag) ?? 0;
    return {
      type,
      links: of('l'),
      modified: of('m'),
      owner: of('o'),
      group: of('g'),
      mode: of('b'),
      content,
    };
  }

  /** Reads tags and their values up to the next section, whose number it keeps. Long values are passed over. */
  #fields(kind: 1 | 2 | 3): Map<string, Buffer | number[]> {
    const fields = new Map<string, Buffer | number[]>();
    for (;;) {
      const tag = this.#byte();
      if (tag <= section.end) {
        this.#next = tag;
        return fields;
      }
      fields.set(String.fromCharCode(tag), this.#value(layouts[kind].get(tag)));
    }
  }

  #value(layout: Layout | undefined): Buffer | number[] {
    switch (layout) {
      case 'byte':
        return [this.#byte()];
      case 'short':
        return [this.#short()];
      case 'int':
        return [this.#int()];
      case 'array':
        return Array.from({ length: this.#short() }, () => this.#int());
      case 'string':
        return this.#string();
      case 'acl':
        return this.#pass(aclLength);
      case 'data':
        return this.#pass(this.#int());
      case 'bigData':
        return this.#pass(this.#bigInt());
      case undefined:
        return this.#pass(this.#length());
    }
  }

  /** Tags that are newer than this: their length is before their value, in one byte, or in as many as the first one says. */
  #length(): number {
    const first = this.#byte();
    if (first < 128) return first;
    let length = 0;
    for (let i = 128; i < first; i += 1) length = length * 256 + this.#byte();
    return length;
  }

  #pass(length: number): number[] {
    this.#source.skip(length);
    return [];
  }

  #string(): Buffer {
    const bytes: number[] = [];
    for (let byte = this.#byte(); byte !== 0; byte = this.#byte()) bytes.push(byte);
    return Buffer.from(bytes);
  }

  #byte(): number {
    return this.#source.take(1).readUInt8();
  }

  #short(): number {
    return this.#source.take(2).readUInt16BE();
  }

  #int(): number {
    return this.#source.take(4).readUInt32BE();
  }

  #bigInt(): number {
    return this.#int() * 2 ** 32 + this.#int();
  }

  #fault(why: string): Error {
    return failure(this.#what, why, 'it is damaged, or no dump of a volume');
  }
}

function numbers(
  fields: ReadonlyMap<string, Buffer | number[]>,
  tag: string,
): readonly (number | undefined)[] {
  const value = fields.get(tag);
  return Array.isArray(value) ? value : [];
}

/** The header of a full dump that another one's volume header and vnodes can follow. */
export function fullDumpHeader({ name, parent, to }: Pick<DumpHead, 'name' | 'parent' | 'to'>): Buffer {
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const text = (tag: string): Buffer => Buffer.from(tag, 'latin1');
  return Buffer.concat([
    ...[startMark, int(1)],
    ...[text('v'), int(parent)],
    ...[text('n'), Buffer.from(`${name}\0`)],
    ...[text('t\0\x02'), int(0), int(to)],
  ]);
}

/** The header of a vnode, before its attributes. */
export function vnodeHeader({ number, uniquifier }: Pick<Vnode, 'number' | 'uniquifier'>): Buffer {
  const bytes = Buffer.alloc(9, section.vnode);
  bytes.writeUInt32BE(number, 1);
  bytes.writeUInt32BE(uniquifier, 5);
  return bytes;
}
