/** How far some work is. */
export interface Passed {
  readonly paths: number;
  /** What they are, where they are no paths. */
  readonly unit?: string;
  /** Of how many, where that is known. */
  readonly ofPaths?: number | undefined;
  readonly bytes?: number | undefined;
  /** The share of the work that is done, from 0 to 1, where that is known. */
  readonly share?: number | undefined;
}

/** Seconds before which a rate says nothing. */
const soonest = 2;

/** Tells how far some work is that began when this was made: how much, how fast, and how long the rest takes if it goes on like this. */
export class Pace {
  readonly #clock: () => number;
  readonly #began: number;

  /** `clock` counts milliseconds. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#began = clock();
  }

  text({ paths, unit = 'paths', ofPaths, bytes, share }: Passed): string {
    const seconds = (this.#clock() - this.#began) / 1000;
    const rest = share === undefined || !(share > 0) ? undefined : (seconds * (1 - share)) / share;
    return [
      ofPaths === undefined ? `${paths} ${unit}` : `${paths} of ${ofPaths} ${unit}`,
      ...(bytes === undefined ? [] : [formatBytes(bytes)]),
      ...(bytes === undefined || seconds < soonest ? [] : [`${formatBytes(bytes / seconds)}/s`]),
      ...(seconds < soonest || rest === undefined ? [] : [`about ${formatSeconds(rest)} left`]),
    ].join(', ');
  }
}

/** In megabytes, or in gigabytes where there are some: of 1000, with a decimal. */
export function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** `0:07`, `12:34` or `1:02:03`. */
function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number: number): string => String(number).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
