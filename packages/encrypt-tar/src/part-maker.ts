import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { failure } from 'command-line';
import { type BytePath, escapePath, PathWriter } from 'path-stream';
import { sealedSuffix } from 'sealed-file';
import { formatRecord } from './entry.ts';
import { type Found, isNamed, isOf } from './found.ts';
import type { PackedPart, PackPlan } from './pack.ts';
import { partNames } from './parts.ts';
import type { Packed, Tap } from './tap.ts';
import { createStage } from './tar.ts';
import { type TarRemark, TarRun } from './tar-run.ts';

/**
 * Makes one part of what it is given: an archive, and an index of what is in the archive. Paths go to tar as they come, and come
 * back through the tap as members: those are compared with what was found, and recorded.
 */
export class PartMaker {
  /** The part, when it is whole and in its place; rejects where it cannot be. */
  readonly done: Promise<PackedPart>;
  readonly #plan: PackPlan;
  readonly #number: number;
  readonly #archive: string;
  readonly #names = new PassThrough();
  readonly #list = new PathWriter(this.#names, '\0', () => {});
  readonly #records = new PassThrough();
  readonly #index = new PathWriter(this.#records, '\n', () => {});
  readonly #directories = new Set<BytePath>();
  readonly #troubles = new Map<BytePath, TarRemark>();
  #indexed: Promise<void> = Promise.resolve();
  /** What tar has not come to yet. */
  #expected: Found[] = [];
  #paths = 0;
  #weight = 0;

  constructor(number: number, plan: PackPlan, tap: Tap) {
    this.#number = number;
    this.#plan = plan;
    const names = partNames(number, sealedSuffix(plan.sealing));
    this.#archive = names.archive;
    for (const stream of [this.#names, this.#records]) stream.on('error', () => {}); // heard by whoever writes to it
    const way = tap.open(this.#archive, (packed, index) => this.#take(packed, index));
    this.done = this.#make(way, names.index);
    // Whoever adds to it, or waits for it, hears it; and nobody is to wait for a reader that will not come.
    this.done.catch((error: unknown) => this.#names.destroy(error as Error));
  }

  get weight(): number {
    return this.#weight;
  }

  /** How many paths tar has not come to yet, as far as is known. */
  get pending(): number {
    return this.#expected.length;
  }

  /** Takes paths that are in this part together. */
  async add(group: readonly Found[]): Promise<void> {
    for (const found of group) {
      this.#expected.push(found);
      this.#paths += 1;
      await this.#tell(found);
    }
    // The others are links to the first.
    this.#weight += group.reduce((sum, { weight }, i) => sum + (i === 0 ? weight : 0), 0);
  }

  /** No more comes. */
  async close(): Promise<void> {
    await this.#list.flush().catch(() => this.done);
    this.#names.end();
  }

  /** Gives up: `done` rejects, if it is not done. */
  abandon(): void {
    this.#names.destroy(new Error('abandoned'));
  }

  async #tell(found: Found): Promise<void> {
    const name = found.path === '/' ? '.' : found.path.slice(1);
    await this.#list.add(name)?.catch(async (error: unknown) => {
      await this.done; // tells why nobody reads the list any more
      throw error;
    });
  }

  async #make(way: ReturnType<Tap['open']>, index: string): Promise<PackedPart> {
    const { destination, sealing, report } = this.#plan;
    const run = new TarRun(report);
    const { detour, whole } = await way;
    const archived = destination.seal(this.#archive, sealing, [createStage(run, detour)], (stdin) =>
      pipeline(this.#names, stdin),
    );
    const indexed = destination.seal(index, sealing, [], (stdin) => pipeline(this.#records, stdin));
    const recorded = archived.then(
      async () => {
        whole();
        this.#conclude(await run.finish());
        await this.#indexed;
        await this.#index.flush();
        this.#records.end();
      },
      (error: unknown) => {
        detour.release(); // tar may not have been started: the thread would wait for it
        this.#records.destroy(new Error('there is no archive for this index'));
        throw error;
      },
    );
    try {
      await Promise.all([recorded, indexed]);
    } catch (error) {
      this.abandon();
      await Promise.allSettled([recorded, indexed]); // who gives up may then end the thread that the archive passes
      throw error;
    }
    return { number: this.#number, paths: this.#paths, weight: this.#weight, troubles: this.#troubles };
  }

  /** Members that have gone by, in the order in which they were asked for; tar leaves out what it cannot read. */
  #take(packed: readonly Packed[], index: BytePath): void {
    let next = 0;
    for (const member of packed) {
      let found = this.#expected[next++];
      for (; found !== undefined && !isNamed(member.path, found); found = this.#expected[next++])
        this.#miss(found.path);
      if (found === undefined) throw failure(escapePath(member.path), 'tar packed what it was not told to');
      if (found.type === 'directory') this.#directories.add(found.path);
      if (isOf(member, found)) continue;
      // What has no content cannot be a mixture.
      const kind = found.type === 'file' || member.type === 'file' ? 'changed' : 'later';
      this.#troubles.set(found.path, { kind, why: '' });
    }
    this.#expected.splice(0, next);
    this.#write(Buffer.from(index, 'latin1'));
  }

  /** What tar did not pack, and does not say why, is a trouble as well. */
  #miss(path: BytePath): void {
    this.#troubles.set(path, { kind: 'lost', why: 'tar did not pack it, and does not say why' });
  }

  /** After the last member: what became of the rest, from what tar said. */
  #conclude(remarks: ReadonlyMap<BytePath, TarRemark>): void {
    for (const { path } of this.#expected) this.#miss(path);
    for (const [path, remark] of remarks)
      this.#troubles.set(path, this.#directories.has(path) ? { ...remark, kind: 'later' } : remark);
    const changed = [...this.#troubles].filter(([, { kind }]) => kind === 'changed');
    const lines = changed.map(([path]) => `${formatRecord({ path, changed: true })}\n`);
    this.#write(Buffer.from(lines.join(''), 'latin1'));
  }

  #write(lines: Buffer): void {
    this.#indexed = this.#indexed.then(() => this.#index.addRecords(lines));
    this.#indexed.catch(() => {}); // heard when the index is concluded
  }
}
