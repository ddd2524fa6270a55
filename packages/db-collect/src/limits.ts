import { exclusion } from './exclude.ts';
import type { Limits } from './item.ts';
import type { Options } from './options.ts';

/** What the options say of what is looked for, and how long. */
export function limitsOf({ timeout, stale, exclude }: Options): Limits {
  return { timeout, stale, isExcluded: exclusion(exclude) };
}
