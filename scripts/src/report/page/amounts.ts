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

/** `7 s`, `12 min`, `3 h 05`, `12 days`. */
export function duration(seconds: number): string {
  if (seconds < 99.5) return `${Number(seconds.toFixed(seconds < 9.95 ? 1 : 0))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')}`;
  return `${Math.floor(hours / 24)} days`;
}

/** `2026-11-20 03:14`, in UTC, of an ISO time. */
export function minuteOf(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

/** How long before `now` something was, both as ISO times. */
export function ago(time: string, now: string): string {
  const seconds = (Date.parse(now) - Date.parse(time)) / 1000;
  return seconds < 60 ? 'just now' : `${duration(seconds)} ago`;
}
