import type { Report } from 'command-line';
import type { Address } from './listening.ts';
import type { Engine, Source } from './source.ts';

/** Something that is to be dumped: a server, one of its databases, a file, a directory. */
export interface Item {
  /** As it was given. */
  readonly text: string;
  readonly engine: Engine;
  /** Where servers listen of which this is all that there is: of one of its databases alone, nowhere. */
  readonly covers: readonly Address[];
  /** Looks up what there is now. What exists and cannot be dumped is named to `report`, and returned as missing. */
  find(limits: Limits, report: Report): Promise<Found> | Found;
}

export interface Limits {
  /** Seconds that a server may be silent. */
  readonly timeout: number;
  /** Hours after which a file of a directory is stale; 0: never. */
  readonly stale: number;
  /** Whether the name of a database is one that nobody wants. */
  readonly isExcluded: (name: string, engine: Engine) => boolean;
}

export interface Found {
  readonly sources: readonly Source[];
  readonly missing: readonly string[];
  readonly excluded: readonly string[];
}
