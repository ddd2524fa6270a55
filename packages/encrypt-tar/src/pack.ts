import type { Report } from 'command-line';
import type { BytePath } from 'path-stream';
import type { Destination, Sealing } from 'sealed-file';
import type { Found } from './found.ts';
import { PartMaker } from './part-maker.ts';
import { Tap } from './tap.ts';
import type { TarRemark } from './tar-run.ts';

/** Where and how parts are made. */
export interface PackPlan {
  readonly destination: Destination;
  readonly sealing: Sealing;
  /** What a part may weigh, unless a single path weighs more; in bytes before compression. */
  readonly archiveSize: number;
  readonly report: Report;
}

/** A part that has been made. */
export interface PackedPart {
  readonly number: number;
  readonly paths: number;
  readonly weight: number;
  /** Paths that did not go in as they were found, or not at all. */
  readonly troubles: ReadonlyMap<BytePath, TarRemark>;
}

/** How many parts are in work at once: while one is being finished, the next one begins. They are read one after the other. */
const lanes = 2;

/** Packs paths into parts of a bounded size, numbered in the order in which they are to be unpacked. */
export class Packer {
  readonly #plan: PackPlan;
  readonly #made: PartMaker[] = [];
  readonly #tap = new Tap();
  #open: PartMaker | undefined;
  #number: number;

  /** `last` is the highest number that was ever used. */
  constructor(plan: PackPlan, last: number) {
    this.#plan = plan;
    this.#number = last;
  }

  /** The part that the last path went into. */
  get number(): number {
    return this.#number;
  }

  /** What each of the parts of this packer weighs so far. */
  get weights(): number[] {
    return this.#made.map(({ weight }) => weight);
  }

  /** How many bytes have been packed, before compression. */
  get bytes(): number {
    return this.#tap.passed;
  }

  /** How many paths have been taken and have not gone into an archive yet. */
  get pending(): number {
    return this.#made.reduce((sum, { pending }) => sum + pending, 0);
  }

  /** Takes one path, or paths that must be in one part: hard links to one inode. To be awaited before the next. */
  add(group: readonly Found[]): Promise<void> | undefined {
    const weight = group[0]?.weight ?? 0;
    const open = this.#open;
    if (open === undefined || (open.weight > 0 && open.weight + weight > this.#plan.archiveSize))
      return this.#next().then((part) => part.add(group));
    return open.add(group);
  }

  /** Begins a part that nothing may go into. */
  async open(): Promise<void> {
    await this.#next();
  }

  /** Ends the part that is open, waits for all, and returns them. */
  async finish(): Promise<PackedPart[]> {
    await this.#end();
    return Promise.all(this.#made.map(({ done }) => done));
  }

  /** Gives up what is in work, and waits until nothing is. */
  async abandon(): Promise<void> {
    for (const part of this.#made) part.abandon();
    await Promise.allSettled(this.#made.map(({ done }) => done));
  }

  /** Ends the thread. Nothing must be in work. */
  async close(): Promise<void> {
    await this.#tap.close();
  }

  async #end(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.close();
  }

  async #next(): Promise<PartMaker> {
    await this.#end();
    await this.#made.at(-lanes)?.done;
    this.#number += 1;
    const part = new PartMaker(this.#number, this.#plan, this.#tap);
    this.#made.push(part);
    this.#open = part;
    return part;
  }
}
