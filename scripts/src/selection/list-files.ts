import { join } from 'node:path';
import type { Settings } from '../settings/schema.ts';

/** Where the lists are. */
export interface ListFiles {
  readonly directory: string;
  /** What dpkg-orphans found: reason, tab, path. */
  readonly found: string;
  /** How many entries it found of each class. */
  readonly ledger: string;
  readonly paths: string;
  readonly excluded: string;
  readonly unclassified: string;
  readonly annoying: string;
  /** `paths` of the last run that published. */
  readonly stored: string;
  readonly dropped: string;
  /** `annoying` of the last run whose mail was accepted, or waits to be. */
  readonly reported: string;
}

export function listFiles({ state }: Settings): ListFiles {
  const directory = join(state, 'lists');
  const at = (name: string): string => join(directory, name);
  return {
    directory,
    found: at('found'),
    ledger: at('ledger.json'),
    paths: at('paths'),
    excluded: at('excluded'),
    unclassified: at('unclassified'),
    annoying: at('annoying'),
    stored: at('stored'),
    dropped: at('dropped'),
    reported: at('reported'),
  };
}
