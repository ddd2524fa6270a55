import { parentPort, Worker, workerData } from 'node:worker_threads';
import { errorCode, failure, reason } from 'command-line';
import type { BytePath } from 'path-stream';
import { type Found, look } from './found.ts';

/** What is at a path: something to store, a socket, which no archive can hold, or nothing, with the reason. */
export type Looked = Found | 'socket' | Refusal;

interface Refusal {
  /** As errno(3) names it. */
  readonly code: string | undefined;
  readonly why: string;
}

/** Looks one path up, as look() does, without throwing. */
export function looked(path: BytePath, settledBefore: number): Looked {
  try {
    return look(path, settledBefore);
  } catch (error) {
    return { code: errorCode(error), why: reason(error) };
  }
}

/** Paths, and what is there. */
export type LookedBatch = readonly (readonly [BytePath, Looked])[];

/** So many paths are worth a thread: to start it takes as long as to look at some thousands. */
const many = 10_000;

/**
 * Looks at paths in batches. Where there are many, a thread is ahead with two of three, and this one looks at the third: then both have
 * as much to do. `count` tells how many there are, once the first of them has come.
 */
export async function* lookAtAll(
  batches: AsyncIterable<readonly BytePath[]>,
  count: () => number,
  settledBefore: () => number,
): AsyncGenerator<LookedBatch> {
  let thread: LookThread | undefined;
  let ahead: Promise<LookedBatch>[] = [];
  try {
    for await (const batch of batches) {
      const settled = settledBefore();
      if (thread === undefined && count() < many) yield lookHere(batch, settled);
      else if (ahead.length < 2) {
        thread ??= new LookThread();
        const there = thread.look(batch, settled);
        there.catch(() => {}); // heard when its turn comes: an error that nobody hears would end the process as if it were a loss
        ahead.push(there);
      } else {
        const here = lookHere(batch, settled);
        for (const there of ahead) yield await there;
        ahead = [];
        yield here;
      }
    }
    for (const there of ahead) yield await there;
  } finally {
    await thread?.close();
  }
}

function lookHere(batch: readonly BytePath[], settled: number): LookedBatch {
  return batch.map((path) => [path, looked(path, settled)]);
}

/** What the thread is asked for, and answers with: strings of many records, which cost little to hand over. */
interface Question {
  readonly paths: string;
  readonly settled: number;
}

const between = '\0';

class LookThread {
  readonly #worker = new Worker(process.argv[1] ?? '', {
    workerData: 'look',
    trackUnmanagedFds: false,
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 32 },
  });
  readonly #waiting: { readonly answer: (text: string) => void; readonly fail: (error: unknown) => void }[] =
    [];

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (text: string) => this.#waiting.shift()?.answer(text));
    this.#worker.on('error', (error) => {
      for (const { fail } of this.#waiting) fail(failure('lstat', reason(error)));
    });
  }

  async look(paths: readonly BytePath[], settled: number): Promise<LookedBatch> {
    const answer = new Promise<string>((resolve, fail) => this.#waiting.push({ answer: resolve, fail }));
    answer.catch(() => {}); // whoever waits for it hears it
    this.#worker.postMessage({ paths: paths.join(between), settled } satisfies Question);
    const records = (await answer).split(between);
    return paths.map((path, i) => [path, parseLooked(path, records[i] ?? '')]);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The thread's side. */
export function runLooks(): void {
  parentPort?.on('message', ({ paths, settled }: Question) => {
    const records = paths.split(between).map((path) => formatLooked(looked(path, settled)));
    parentPort?.postMessage(records.join(between));
  });
}

/** Whether this thread was started to look. */
export function isLookThread(): boolean {
  return workerData === 'look';
}

/** The kind, `!` for a refusal; then the words of it. */
function formatLooked(found: Looked): string {
  if (found === 'socket') return found;
  if ('why' in found) return `! ${found.code ?? ''} ${found.why}`;
  const { type, settled, inode, weight, fingerprint } = found;
  return `${type} ${settled ? 's' : '-'} ${inode ?? '-'} ${weight} ${fingerprint}`;
}

function parseLooked(path: BytePath, record: string): Looked {
  if (record === 'socket') return record;
  const words = record.split(' ', record.startsWith('!') ? 2 : 4);
  const rest = record.slice(words.reduce((sum, word) => sum + word.length + 1, 0));
  const [type = '', second, inode, weight] = words;
  if (type === '!') return { code: second || undefined, why: rest };
  return {
    path,
    type: type as Found['type'],
    fingerprint: rest,
    settled: second === 's',
    weight: Number(weight),
    inode: inode === '-' ? undefined : inode,
  };
}
