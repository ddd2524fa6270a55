import { closeSync } from 'node:fs';
import { type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { CommandError, errorCode, Flow, failure, reason } from 'command-line';
import { inspectorFor } from './inspect.ts';
import type { Findings } from './inspector.ts';
import type { Engine, Kind } from './source.ts';

/** A dump for the thread: where it comes from and goes to, and what it is of. */
interface Task {
  readonly from: number;
  readonly to: number;
  /** Whether `from` is a pipe, and the thread's to close; a file is not. */
  readonly isPipe: boolean;
  readonly engine: Engine;
  readonly kind: Kind;
}

/** What became of a dump: what it turned out to be; that it is none, and whether that was seen before its end; or that its reader has gone. */
export type Told =
  | { readonly is: 'whole'; readonly findings: Findings }
  | { readonly is: 'wrong'; readonly what: string; readonly why: string; readonly isEarly: boolean }
  | { readonly is: 'unread' };

/**
 * Stands between what makes a dump and the programs that seal it: a thread that passes the dump on, unchanged, and looks at it as it goes by.
 * It has one dump after another.
 */
export class Inspection {
  readonly flow = new Flow();
  readonly #worker = new Worker(process.argv[1] ?? '', {
    trackUnmanagedFds: false,
    workerData: this.flow.shared,
  });

  constructor() {
    this.#worker.unref();
  }

  /** Passes one dump on. The thread closes `to`, and a pipe that it reads. */
  pass(task: Task): Promise<Told> {
    return new Promise((resolve, reject) => {
      this.#worker.removeAllListeners();
      this.#worker.once('message', resolve);
      this.#worker.once('error', (error) => reject(failure('inspection', reason(error))));
      this.#worker.postMessage(task);
    });
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The thread's side. */
export function runInspection(): void {
  const flow = new Flow(workerData as SharedArrayBuffer);
  parentPort?.on('message', (task: Task) => inspect(task, flow, parentPort as MessagePort));
}

function inspect(task: Task, flow: Flow, port: MessagePort): void {
  const told = passAndLook(task, flow);
  // Closed before anybody is told: the programs at both ends hear of it at once.
  closeSync(task.to);
  if (task.isPipe) closeSync(task.from);
  port.postMessage(told);
}

function passAndLook({ from, to, engine, kind }: Task, flow: Flow): Told {
  const inspector = inspectorFor({ engine, kind });
  let isEarly = true;
  try {
    flow.pass(from, to, (piece) => inspector.pass(piece));
    isEarly = false;
    return { is: 'whole', findings: inspector.finish() };
  } catch (error) {
    if (errorCode(error) === 'EPIPE') return { is: 'unread' };
    const { what, why } = error instanceof CommandError ? error : { what: 'dump', why: reason(error) };
    return { is: 'wrong', what, why, isEarly };
  }
}
