import type { BytePath } from 'path-stream';

/** The bytes that a `[...]` stands for: one entry for each byte, 1 for a member. */
export type ByteClass = Uint8Array;

interface Part {
  /** What it adds: from one byte to another, both included; backwards it adds nothing. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly next: number;
  /** The byte that a `-` after it would make a range of. */
  readonly low?: number;
}

const named: Record<string, Part['ranges']> = {
  alnum: ranges('09', 'AZ', 'az'),
  alpha: ranges('AZ', 'az'),
  blank: ranges('  ', '\t\t'),
  cntrl: ranges('\0\x1f', '\x7f\x7f'),
  digit: ranges('09'),
  graph: ranges('!~'),
  lower: ranges('az'),
  print: ranges(' ~'),
  punct: ranges('!/', ':@', '[`', '{~'),
  space: ranges('  ', '\t\r'),
  upper: ranges('AZ'),
  xdigit: ranges('09', 'AF', 'af'),
};

function ranges(...pairs: string[]): Part['ranges'] {
  return pairs.map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)]);
}

/**
 * The class that starts with `[` at a place in a glob, and where it ends; undefined where it can match nothing: unclosed,
 * or with an unknown `[:name:]`. As in git a `]` first is a member, `\` quotes, and what follows a range starts afresh.
 */
export function classAt(glob: BytePath, at: number): { members: ByteClass; next: number } | undefined {
  const negated = /^\[[!^]/.test(glob.slice(at, at + 2));
  const members = new Uint8Array(256);
  let part: Part = { ranges: [], next: negated ? at + 2 : at + 1 };
  do {
    const following = partAt(glob, part);
    if (following === undefined) return undefined;
    part = following;
    for (const [low, high] of part.ranges) if (low <= high) members.fill(1, low, high + 1);
  } while (glob.charAt(part.next) !== ']');
  return { members: negated ? members.map((member) => 1 - member) : members, next: part.next + 1 };
}

/** The part of a class after another one. */
function partAt(glob: BytePath, { next: at, low }: Part): Part | undefined {
  const isRange = glob.charAt(at) === '-' && low !== undefined && !/^\]?$/.test(glob.charAt(at + 1));
  if (isRange) {
    const high = memberAt(glob, at + 1);
    return high && { ranges: [[low, high.byte]], next: high.next };
  }
  if (glob.startsWith('[:', at)) {
    const end = glob.indexOf(']', at + 2);
    if (end === -1) return undefined;
    // Without `:` before the `]` it is no name: `[` and `:` are members.
    if (end > at + 2 && glob.charAt(end - 1) === ':') {
      const found = named[glob.slice(at + 2, end - 1)];
      return found && { ranges: found, next: end + 1 };
    }
  }
  const member = memberAt(glob, at);
  return member && { ranges: [[member.byte, member.byte]], next: member.next, low: member.byte };
}

function memberAt(glob: BytePath, at: number): { byte: number; next: number } | undefined {
  const where = glob.charAt(at) === '\\' ? at + 1 : at;
  return where < glob.length ? { byte: glob.charCodeAt(where), next: where + 1 } : undefined;
}
