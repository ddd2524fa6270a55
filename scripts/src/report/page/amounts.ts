import { format } from 'd3-format';

const threeDigits = format('.3~s');
const grouped = format(',');

/** `12.3 MB`: three digits and a unit of 1000, for a column in which a kilobyte stands above a terabyte. */
export function size(bytes: number): string {
  const [, number = '', prefix = ''] = /^([\d.]+)(\D*)$/.exec(threeDigits(bytes)) ?? [];
  return `${number} ${prefix}B`;
}

/** `1,234`. */
export function count(number: number): string {
  return grouped(number);
}

/** `1 file`, `2 files`. */
export function counted(number: number, one: string, more = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : more}`;
}

/** `2026-11-20 03:14`, in UTC, of an ISO time. */
export function minuteOf(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
