import { closeSync } from 'node:fs';
import { type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Detour, Flow, failure, makePipe, reason } from 'command-line';
import type { BytePath } from 'path-stream';
import { entryOf, formatRecord } from './entry.ts';
import { printOf } from './found.ts';
import { type Header, TarScanner } from './tar-stream.ts';

/** A member that has gone into an archive: what of it is compared with what was found. */
export interface Packed {
  readonly path: BytePath;
  readonly type: Header['type'];
  /** As the fingerprint of a path starts: see found.ts. */
  readonly print: string;
}

/** What the thread is given for one archive: the pipes, and its name. */
interface Task {
  readonly from: number;
  readonly to: number;
  readonly archive: string;
}

/** What the thread tells: members that went by, and their lines of the index; at the end, why the archive is no good, if so. */
interface Told {
  readonly packed: readonly Packed[];
  readonly index: BytePath;
  readonly ended?: { readonly fault: string | undefined };
}

/** Who waits for what the thread tells. */
interface Hearer {
  readonly hear: (told: Told) => void;
  readonly fail: (error: unknown) => void;
}

/** A way for one archive. */
export interface Way {
  readonly detour: Detour;
  /** Throws where the archive did not come to its end. */
  readonly whole: () => void;
}

/** Who is told of the members of an archive, in order, with their lines of the index. */
export type Taker = (packed: readonly Packed[], index: BytePath) => void;

/**
 * Stands between tar and the programs that seal: a thread that passes archives on, unchanged, and reads them as they go by.
 * So the index and its digests are of what is in the archive, and files are read once. The thread reads and writes two pipes
 * that block: streams would cost several times as much. It has one archive after another, in the order of the calls.
 */
export class Tap {
  readonly #flow = new Flow();
  readonly #worker = new Worker(process.argv[1] ?? '', {
    trackUnmanagedFds: false,
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
    workerData: this.#flow.shared,
  });
  readonly #hearers: Hearer[] = [];
  #pipes: Promise<unknown> = Promise.resolve();

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (told: Told) => {
      this.#hearers[0]?.hear(told);
      if (told.ended !== undefined) this.#hearers.shift();
    });
    this.#worker.on('error', (error) => {
      for (const { fail } of this.#hearers) fail(failure('archive', reason(error)));
    });
  }

  /** How many bytes have gone by, of all archives. */
  get passed(): number {
    return this.#flow.bytes;
  }

  /** A way for one archive. */
  async open(archive: string, take: Taker): Promise<Way> {
    const pipes = this.#pipes.then(() => Promise.all([makePipe(), makePipe()])); // one after the other: so the order of the calls is kept
    this.#pipes = pipes.catch(() => {});
    const [before, after] = await pipes;
    let fault: string | undefined = 'nothing went by';
    const passed = new Promise<void>((resolve, fail) => {
      const hear = ({ packed, index, ended }: Told): void => {
        try {
          take(packed, index);
        } catch (error) {
          fail(error);
        }
        if (ended === undefined) return;
        fault = ended.fault;
        resolve();
      };
      this.#hearers.push({ hear, fail });
    });
    passed.catch(() => {}); // whoever waits for it hears it
    this.#worker.postMessage({ from: before.read, to: after.write, archive } satisfies Task);
    const whole = (): void => {
      if (fault !== undefined) throw failure('tar', `its archive is no good: ${fault}`);
    };
    const ends = [before.write, after.read];
    const release = (): void => {
      for (const end of ends.splice(0)) closeSync(end);
    };
    return { detour: { into: before.write, from: after.read, passed, release }, whole };
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The thread's side. */
export function runTap(): void {
  const flow = new Flow(workerData as SharedArrayBuffer);
  parentPort?.on('message', (task: Task) => {
    if (parentPort) pass(task, parentPort, flow);
  });
}

/** So many members are told of at once. */
const batch = 512;

function pass({ from, to, archive }: Task, port: MessagePort, flow: Flow): void {
  let packed: Packed[] = [];
  let index = '';
  const tell = (ended?: Told['ended']): void => {
    port.postMessage({ packed, index, ...(ended && { ended }) } satisfies Told);
    packed = [];
    index = '';
  };
  const scanner = new TarScanner({
    header: () => {},
    data: () => {},
    end: (header, sha256) => {
      packed.push({ path: header.path, type: header.type, print: printOf(header) });
      index += `${formatRecord(entryOf(header, sha256, archive))}\n`;
      if (packed.length >= batch) tell();
    },
  });
  let fault: string | undefined;
  try {
    flow.pass(from, to, (piece) => scanner.write(piece));
    scanner.finish();
  } catch (error) {
    fault = reason(error);
  }
  // Closed before anybody is told: the programs at both ends hear of it at once.
  for (const end of [from, to]) closeSync(end);
  tell({ fault });
}
