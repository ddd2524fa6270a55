import { formatBytes } from 'command-line';

const [minute, hour, day] = [60, 3600, 86_400];

/** Bytes for a person: of a small file to the byte. */
export function sizeText(bytes: number): string {
  return bytes < 100_000 ? `${bytes} B` : formatBytes(bytes);
}

/** How long something took, or how long ago it was, in the largest unit that gives 2 or more. */
export function durationText(seconds: number): string {
  if (seconds < 2 * minute) return `${Math.round(seconds)} s`;
  if (seconds < 2 * hour) return `${Math.floor(seconds / minute)} min`;
  return seconds < 2 * day ? `${Math.floor(seconds / hour)} h` : `${Math.floor(seconds / day)} days`;
}

/** How long before another time, both in ISO 8601. */
export function ageText(time: string, now: string): string {
  const seconds = (Date.parse(now) - Date.parse(time)) / 1000;
  return seconds < 0 ? 'of the future' : durationText(seconds);
}

/** `1 file`, `2 files`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
