import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { type Dirent, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  anEdit,
  applyEdit,
  backupCommand,
  describeTree,
  type Ended,
  makeHost,
  processesWith,
  start,
  type TestHost,
  until,
} from 'test-kit';
import { expect, test } from 'vitest';

const kills = process.env.HCOOP_TEST_ALL === undefined ? 6 : 50;

/** A date that can be seen, and its number. */
interface Seen {
  readonly date: string;
  readonly sequence: number;
}

/** A host through edits and runs, and what its tree was when each number was made. */
class History {
  readonly host: TestHost = makeHost('[archives]\nsize = "100K"\n[system]\nenabled = false\n');
  readonly temporary: string = join(this.host.directory, 'temporary');
  readonly #trees = new Map<number, string[]>();
  readonly #restored = new Set<number>();
  #highest = 0;
  #day = 0;

  constructor() {
    mkdirSync(this.temporary);
  }

  /** The next run makes a date of its own, or the one of before once more. */
  nextDay(): void {
    this.#day += 1;
  }

  /** Starts a run, and hands it to `meddle` while it lasts. */
  async run(meddle: (child: ChildProcess) => Promise<void> = async () => {}): Promise<Ended> {
    const { host, temporary } = this;
    this.#trees.set(this.#highest + 1, describeTree(host.tree));
    const date = new Date(Date.UTC(2026, 0, this.#day)).toISOString().slice(0, 10);
    const { child, ended } = start(backupCommand(host, '--date', date), {
      env: { TMPDIR: temporary },
      group: true,
    });
    await meddle(child);
    const result = await ended;
    await until(() => processesWith(host.directory).length === 0);
    return result;
  }

  /** A run that nobody meddles with: it makes the next number, and leaves nothing but what it is to leave. */
  async complete(when: string): Promise<void> {
    const ended = await this.run();
    expect(ended, when).toMatchObject({ code: 0 });
    const expected = this.#highest + 1;
    await this.expectWhole(when);
    expect(this.#highest, when).toBe(expected);
    this.expectNothingLeft(when);
  }

  /** Whatever can be seen verifies, and what has not been restored yet comes back as it was. */
  async expectWhole(when: string): Promise<void> {
    const dates = this.#seen();
    for (const { date, sequence } of dates) {
      const verified = await this.host.verify(join(this.host.staging, date));
      expect(verified, `${when}: ${date}`).toMatchObject({ code: 0 });
      if (!this.#restored.has(sequence)) await this.#expectRestored({ date, sequence }, when);
    }
    const newest = Math.max(...dates.map(({ sequence }) => sequence));
    // Killed between the two renames that replace a date, it is out of sight until the next run.
    const replaced = readdirSync(join(this.host.staging, '.work')).some((name) =>
      name.startsWith('replaced-'),
    );
    expect([replaced ? newest : this.#highest, this.#highest + 1], when).toContain(newest);
    this.#highest = Math.max(this.#highest, newest);
  }

  /** The archives that dates share are as good in all of them at the end. */
  async expectAllRestored(): Promise<void> {
    for (const seen of this.#seen()) await this.#expectRestored(seen, 'at the end');
  }

  expectNothingLeft(when: string): void {
    const { staging, state } = this.host;
    const archives = this.#seen().map(({ sequence }) => `archives/${sequence}.files.zst`);
    const reported = ['annoying', 'reported', 'unclassified'];
    const lists = [...reported, 'dropped', 'excluded', 'found', 'ledger.json', 'own.rules', 'stored'];
    const keys = ['signing-key', 'signing-key.pub'];
    const own = ['archives', 'last.json', 'lists', 'lock', 'runs', 'told.json', ...keys];
    const expected = [...own, ...archives, ...lists.map((name) => `lists/${name}`)];
    const isRecord = (name: string): boolean => /^runs\/[\dT:.-]+Z\.json$/.test(name);
    const left = {
      state: namesBelow(state).filter((name) => name !== 'verified' && !isRecord(name)),
      work: namesBelow(join(staging, '.work')),
      status: namesBelow(join(staging, '.status')),
      temporary: namesBelow(this.temporary),
    };
    const status = ['run.json', 'signing-key.pub'];
    expect(left, when).toEqual({ state: expected.sort(), work: [], status, temporary: [] });
  }

  async #expectRestored({ date, sequence }: Seen, when: string): Promise<void> {
    const to = join(this.host.directory, 'restored');
    const ended = await this.host.restore(join(this.host.staging, date), to);
    expect(ended.code, `${when}: ${date}: ${ended.stderr}`).toBe(0);
    expect(describeTree(join(to, this.host.tree)), `${when}: ${date}`).toEqual(this.#trees.get(sequence));
    rmSync(to, { recursive: true });
    this.#restored.add(sequence);
  }

  #seen(): Seen[] {
    const { staging } = this.host;
    const dates = readdirSync(staging).filter((name) => !name.startsWith('.'));
    return dates.map((date) => ({
      date,
      sequence: JSON.parse(readFileSync(join(staging, date, 'MANIFEST.json'), 'utf8')).sequence,
    }));
  }
}

/** What is below a directory, by relative paths. It may go while it is looked at. */
function namesBelow(directory: string, prefix = ''): string[] {
  return entriesOf(join(directory, prefix))
    .flatMap((entry) => {
      const path = join(prefix, entry.name);
      return entry.isDirectory() ? [path, ...namesBelow(directory, path)] : [path];
    })
    .sort();
}

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Counts the names that come up while a run works, wherever it makes any. */
class Progress {
  readonly #places: readonly string[];
  readonly #names = new Set<string>();

  constructor({ host, temporary }: History) {
    this.#places = [join(host.staging, '.work'), join(host.staging, '.status'), host.state, temporary];
    this.look();
    this.#before = this.#names.size;
  }

  readonly #before: number;

  /** How many there have been since the start. */
  look(): number {
    for (const place of this.#places)
      for (const name of namesBelow(place)) this.#names.add(join(place, name));
    return this.#names.size - this.#before;
  }
}

/** How long a run is, in time and in names. */
interface Measure {
  readonly milliseconds: number;
  readonly names: number;
}

async function measure(history: History): Promise<Measure> {
  const began = performance.now();
  const progress = new Progress(history);
  let names = 0;
  await history.run((child) =>
    until(() => {
      names = progress.look();
      return hasEnded(child);
    }),
  );
  return { milliseconds: performance.now() - began, names };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Kills a run at a random moment: after a while, or when something has come up. Returns when that was, for messages. */
async function killAtRandom(history: History, whole: Measure, turn: number): Promise<string> {
  const wait = randomInt(Math.ceil(whole.milliseconds));
  const names = randomInt(1, whole.names + 1);
  const byTime = turn % 2 === 0;
  const group = turn % 4 < 2;
  await history.run(async (child) => {
    const began = performance.now();
    const progress = new Progress(history);
    const isDue = (): boolean => (byTime ? performance.now() - began >= wait : progress.look() >= names);
    await until(() => isDue() || hasEnded(child));
    if (!hasEnded(child)) process.kill(group ? -(child.pid ?? 0) : (child.pid ?? 0), 'SIGKILL');
  });
  const moment = byTime ? `${wait} of ${whole.milliseconds} ms` : `${names} of ${whole.names} names`;
  return `kill ${turn}, of ${group ? 'all its processes' : 'the main process'}, after ${moment}`;
}

test('runs that are killed between edits: dates are whole, numbers go on, and nothing is left', async () => {
  const history = new History();
  const { tree } = history.host;
  const [first = [], ...rounds] = [
    ...fc.sample(fc.array(anEdit, { minLength: 150, maxLength: 150 }), { seed: kills, numRuns: 1 }),
    ...fc.sample(fc.array(anEdit, { minLength: 1, maxLength: 12 }), { seed: kills, numRuns: kills }),
  ];
  for (const edit of first) applyEdit(edit, tree);
  history.nextDay();
  const whole = await measure(history);
  await history.expectWhole('the first run');
  history.expectNothingLeft('the first run');
  for (const [turn, edits] of rounds.entries()) {
    for (const edit of edits) applyEdit(edit, tree);
    if (randomInt(3) > 0) history.nextDay();
    const when = await killAtRandom(history, whole, turn);
    await history.expectWhole(when);
    if (randomInt(2) > 0) await history.complete(`after ${when}`);
  }
  await history.complete('the last run');
  await history.expectAllRestored();
});
