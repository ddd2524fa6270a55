import type { Report } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import type { Conflicts } from './conflicts.ts';
import type { Found } from './found.ts';
import { type Links, packedLink } from './links.ts';
import { type Looked, lookAtAll, looked } from './looks.ts';
import type { Overrides } from './overrides.ts';
import type { Packer } from './pack.ts';
import type { PathProgress } from './progress.ts';
import type { Records } from './records.ts';
import {
  formatKnown,
  gone,
  isGone,
  type Known,
  newestPart,
  parseKnown,
  unsettled,
  withClass,
} from './state.ts';

/** What a survey works on. */
export interface SurveyPlan {
  readonly packer: Packer;
  readonly links: Links;
  readonly overrides: Overrides;
  readonly report: Report;
  readonly progress: PathProgress;
  /** Milliseconds: see settledBefore. */
  readonly settle: number;
  readonly conflicts: Conflicts;
  /** A path from a list may be gone by now; one that somebody asked for by name must be there. */
  readonly named: boolean;
}

/**
 * Looks at every path, beside what the last run knew of it. What has changed, or is new, goes to the packer at once; what has not stays in
 * the part that it is in; hard links are put by, for they belong together. Both inputs are in byte order. Returns what is alive
 * of the parts of before, by their numbers.
 */
export async function survey(
  paths: AsyncIterable<readonly BytePath[]>,
  known: KnownPaths,
  records: Records,
  plan: SurveyPlan,
): Promise<Map<number, number>> {
  const { links, packer, progress, conflicts } = plan;
  const live = new Map<number, number>();
  for await (const batch of lookAtAll(
    paths,
    () => progress.count,
    () => settledBefore(plan),
  ))
    for (const [path, there] of batch) {
      progress.pass();
      const before = await passUpTo(path, known, records, conflicts);
      const early = toStore(path, there, plan);
      // What is packed now is looked at now: the others of its batch may have taken a while.
      const found = early && !isKept(early, before) ? lookAt(path, settledBefore(plan), plan) : early;
      conflicts.see(path, before, found && (found.type === 'directory' ? 'd' : '-'));
      if (found === undefined) {
        if (before !== undefined) await recordGone(before, records);
        continue;
      }
      if (found.inode !== undefined) {
        const packed = packedLink(found, before);
        links.add(found, packed);
        // What becomes of it is said later: see Overrides.
        await (packed && before
          ? records.add(before.raw)
          : records.addPacked(0, before, `${unsettled} -`, path));
      } else if (before?.fingerprint === found.fingerprint) {
        const part = newestPart(before.parts);
        live.set(part, (live.get(part) ?? 0) + found.weight);
        await records.add(before.raw);
      } else {
        await packer.add([found]);
        await records.addPacked(packer.number, before, fingerprintOf(found), path);
      }
    }
  await passUpTo(undefined, known, records, conflicts);
  return live;
}

/** Whether a path is in a part of before, as it is. */
function isKept(found: Found, before: Known | undefined): boolean {
  return before?.fingerprint === found.fingerprint || packedLink(found, before) !== undefined;
}

/** What the next run is to compare with. */
export function fingerprintOf({ settled, fingerprint }: Found): string {
  return settled ? fingerprint : `${unsettled} ${fingerprint}`;
}

/**
 * The time before which nothing can have changed without changing the ctime that is read now. The clock of a file system ticks every few
 * milliseconds, or every second or two (vfat, ext4 with small inodes); and a page of a file that somebody has mapped and
 * written to can be written to again, without any change of time, until it is on the disk: half a minute (mmap(2),
 * dirty_expire_centisecs in proc-sys-vm(5)).
 */
export function settledBefore({ settle }: Pick<SurveyPlan, 'settle'>): number {
  return Date.now() - settle;
}

/** Looks a path up once more, or for the first time. What is not there any more, or cannot be stored, is told. */
export function lookAt(
  path: BytePath,
  settled: number,
  plan: Pick<SurveyPlan, 'report' | 'named'>,
): Found | undefined {
  return toStore(path, looked(path, settled), plan);
}

function toStore(
  path: BytePath,
  found: Looked,
  { report, named }: Pick<SurveyPlan, 'report' | 'named'>,
): Found | undefined {
  if (found === 'socket') report.note(escapePath(path), 'a socket: not archived, its server makes it anew');
  else if ('fingerprint' in found) return found;
  else if (found.code === 'ENOENT' && !named) report.note(escapePath(path), 'vanished before it was read');
  else report.loss(escapePath(path), found.why);
  return undefined;
}

/** Steps up to a path, and returns what is known of it. What lies before it was not asked for any more: it is gone. */
async function passUpTo(
  path: BytePath | undefined,
  known: KnownPaths,
  records: Records,
  conflicts: Conflicts,
): Promise<Known | undefined> {
  for (
    let next = known.next ?? (await known.more());
    next !== undefined;
    next = known.next ?? (await known.more())
  ) {
    if (path !== undefined && next.path > path) return undefined;
    known.step();
    if (next.path === path) return next;
    conflicts.see(next.path, next, undefined);
    await recordGone(next, records);
  }
  return undefined;
}

function recordGone(known: Known, records: Records): Promise<void> | undefined {
  const { raw, parts, path, fingerprint } = known;
  return records.add(isGone(known) ? raw : formatKnown(parts, withClass(gone, fingerprint), path));
}

/** The paths that the last run knew, in byte order; stepped through beside those of this run. */
export class KnownPaths {
  readonly #batches: AsyncIterator<readonly string[]>;
  #batch: readonly string[] = [];
  #at = 0;
  #next: Known | undefined;

  constructor(batches: AsyncIterable<readonly string[]>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** The one to be looked at; undefined where more must be read first. */
  get next(): Known | undefined {
    const record = this.#batch[this.#at];
    if (this.#next === undefined && record !== undefined) this.#next = parseKnown(record);
    return this.#next;
  }

  /** Reads more of them, and returns the next one: undefined at the end. */
  async more(): Promise<Known | undefined> {
    while (this.#at === this.#batch.length) {
      const { value, done } = await this.#batches.next();
      if (done === true) return undefined;
      this.#batch = value;
      this.#at = 0;
    }
    return this.next;
  }

  step(): void {
    this.#at += 1;
    this.#next = undefined;
  }
}
