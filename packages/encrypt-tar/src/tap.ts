import { closeSync, constants, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MessagePort, parentPort, Worker } from 'node:worker_threads';
import { captureOutput, type Detour, failure, reason } from 'command-line';
import { type Header, TarScanner } from './tar-stream.ts';

/** A member that has gone into an archive, with the digest of its content. */
export interface Packed {
  readonly header: Header;
  readonly sha256: string | undefined;
}

/** What the thread tells: members that went by; at the end, whether the archive came to its end, or why not. */
interface Told {
  readonly packed: readonly Packed[];
  readonly ended?: { readonly fault: string | undefined };
}

/**
 * Stands between tar and the programs that seal: a thread that passes the archive on, unchanged, and reads it as it goes by.
 * So the index and its digests are of what is in the archive, and files are read once. The thread reads and writes two pipes
 * that block: streams would cost several times as much.
 */
export class Tap {
  readonly #worker = new Worker(process.argv[1] ?? '', { trackUnmanagedFds: false });
  #told: (told: Told) => void = () => {};

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (told: Told) => this.#told(told));
  }

  /** A way for one archive. `take` is told of its members, in order; `whole` throws where it did not come to its end. */
  async open(take: (packed: readonly Packed[]) => void): Promise<{ detour: Detour; whole: () => void }> {
    const [before, after] = await makePipes();
    let fault: string | undefined = 'nothing went by';
    const passed = new Promise<void>((resolve, reject) => {
      this.#worker.once('error', (error) => reject(failure('archive', reason(error))));
      this.#told = ({ packed, ended }) => {
        try {
          take(packed);
        } catch (error) {
          reject(error);
        }
        if (ended === undefined) return;
        fault = ended.fault;
        resolve();
      };
    });
    passed.catch(() => {}); // whoever waits for it hears it
    this.#worker.postMessage({ from: before.read, to: after.write });
    const whole = (): void => {
      if (fault !== undefined) throw failure('tar', `its archive is no good: ${fault}`);
    };
    return { detour: { into: before.write, from: after.read, passed }, whole };
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

interface Pipe {
  readonly read: number;
  readonly write: number;
}

/** Two pipes: node has no call that makes one, but opens those that have a name. */
async function makePipes(): Promise<[Pipe, Pipe]> {
  const directory = await mkdtemp(join(tmpdir(), 'encrypt-tar-'));
  try {
    const names = ['before', 'after'].map((name) => join(directory, name)) as [string, string];
    await captureOutput({ command: 'mkfifo', args: ['-m', '600', ...names] });
    return [openPipe(names[0]), openPipe(names[1])];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Opening one end waits for somebody at the other; opening both at once does not (fifo(7)). */
function openPipe(name: string): Pipe {
  const both = openSync(name, constants.O_RDWR);
  try {
    return { read: openSync(name, constants.O_RDONLY), write: openSync(name, constants.O_WRONLY) };
  } finally {
    closeSync(both);
  }
}

/** The thread's side. */
export function runTap(): void {
  parentPort?.on('message', ({ from, to }: { from: number; to: number }) => {
    if (parentPort) pass(from, to, parentPort);
  });
}

/** So many members are told of at once. */
const batch = 256;

function pass(from: number, to: number, port: MessagePort): void {
  let packed: Packed[] = [];
  const tell = (ended?: Told['ended']): void => {
    port.postMessage({ packed, ...(ended && { ended }) } satisfies Told);
    packed = [];
  };
  const scanner = new TarScanner({
    header: () => {},
    data: () => {},
    end: (header, sha256) => {
      packed.push({ header, sha256 });
      if (packed.length >= batch) tell();
    },
  });
  let fault: string | undefined;
  try {
    const buffer = Buffer.allocUnsafe(1 << 17);
    for (let length = readSync(from, buffer); length > 0; length = readSync(from, buffer)) {
      const piece = buffer.subarray(0, length);
      for (let at = 0; at < length; ) at += writeSync(to, piece, at);
      scanner.write(piece);
    }
    scanner.finish();
  } catch (error) {
    fault = reason(error);
  }
  // Closed before anybody is told: the programs at both ends hear of it at once.
  for (const end of [from, to]) closeSync(end);
  tell({ fault });
}
