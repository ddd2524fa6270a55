import type { BytePath } from 'path-stream';
import type { Entry, EntryType } from './entry.ts';

const letters: Record<string, EntryType> = {
  '-': 'file',
  d: 'directory',
  l: 'symlink',
  p: 'fifo',
  c: 'char',
  b: 'block',
};

// Mode, owner, size or device, date, time, padding, and the name with what follows it.
const form = /^(.)(.{9})[ +.]? *(\d+)\/(\d+) +([\d,]+) (-?\d+-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d+))? +(.*)$/;

/**
 * How a line of `tar -tv` (C locale, UTC, escaped names) differs from an entry of the index: undefined where it does
 * not. A hard link has no content of its own, and the size of a device is none: those are not compared. tar prints
 * times before 1970 and after 9999 in ways of its own.
 */
export function memberDifference(line: string, entry: Entry): string | undefined {
  const match = form.exec(line);
  if (match === null) return `unexpected listing: ${line}`;
  const [, letter = '', bits = '', uid, gid, size, time = '', fraction = '', rest = ''] = match;
  if (!namesEntry(rest, entry)) return `expected next, found ${rest}`;
  const isLink = letter === 'h';
  const differences = [
    !isLink &&
      letters[letter] !== entry.type &&
      `is a ${letters[letter] ?? letter}, expected a ${entry.type}`,
    octal(bits) !== entry.mode && `mode ${octal(bits)}, expected ${entry.mode}`,
    (Number(uid) !== entry.uid || Number(gid) !== entry.gid) &&
      `owner ${uid}:${gid}, expected ${entry.uid}:${entry.gid}`,
    entry.type === 'file' && !isLink && Number(size) !== entry.size && `size ${size}, expected ${entry.size}`,
    comparable(entry) && seconds(time, fraction) !== entry.mtime && `time ${time}, expected ${entry.mtime}`,
  ];
  return differences.filter((text) => text !== false).join(', ') || undefined;
}

function namesEntry(rest: string, entry: Entry): boolean {
  // The padding before the name is of no fixed width, so blanks that start a name are not compared.
  const name = escapeName(entry.path === '/' ? './' : entry.path.slice(1)).trimStart();
  const found = rest.trimStart();
  if (found.startsWith(`${name} link to `)) return true;
  return found === (entry.target === undefined ? name : `${name} -> ${escapeName(entry.target)}`);
}

const escapes: Record<string, string> = {
  '\\': '\\',
  '\x07': 'a',
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\v': 'v',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the bytes that tar escapes
const escaped = /[\x00-\x1f\\\x7f-\xff]/g;

/** A name as GNU tar's `--quoting-style=escape` writes it in the C locale. */
export function escapeName(name: BytePath): string {
  return name.replace(escaped, (c) => `\\${escapes[c] ?? c.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** `rwsr-x--T` as four octal digits. */
function octal(bits: string): string {
  let special = 0;
  let mode = 0;
  for (const [i, c] of [...bits].entries()) {
    if (c !== '-' && c !== 'S' && c !== 'T') mode |= 0o400 >> i;
    if (/[st]/i.test(c)) special |= 4 >> Math.floor(i / 3);
  }
  return special.toString() + mode.toString(8).padStart(3, '0');
}

function comparable(entry: Entry): boolean {
  const whole = Number(entry.mtime.split('.')[0]);
  return whole >= 0 && whole < Date.UTC(9999, 0) / 1000;
}

function seconds(time: string, fraction: string): string {
  return `${Date.parse(`${time.replace(' ', 'T')}Z`) / 1000}.${fraction.padEnd(9, '0')}`;
}
