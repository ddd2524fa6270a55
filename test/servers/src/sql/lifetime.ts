import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Daemon, eventually } from './daemon.ts';

export interface LifetimeOptions {
  /** It does not end with the test, but when the caller stops it: for a server that the tests of a file share. */
  readonly untilStopped?: boolean;
}

/** How a server is ended and started again. */
export interface Lifetime {
  /** What it has is below. */
  readonly directory: string;
  /** Of the process that was started last. */
  readonly pid: number;
  /** Starts it again, and waits until it answers. */
  start(): Promise<void>;
  /** Ends it in order, with its clients' connections. */
  shutDown(): Promise<void>;
  /** Kills it, all of it, without a warning. */
  kill(): Promise<void>;
  /** Ends it and removes all that it had; a client that is left connected is an error. */
  stop(): Promise<void>;
}

/** What is different from server to server. */
export interface Kind {
  /** The user of the system that it runs as, who owns its directory. */
  readonly user: string;
  /** The signal for an end in order. */
  readonly stopSignal: NodeJS.Signals;
  start(directory: string): Promise<Daemon>;
  kill(daemon: Daemon, directory: string): Promise<void>;
  /** The clients that are connected, for a message. */
  clients(directory: string): Promise<readonly string[]>;
}

/** A server that is not started yet, in a new directory. */
export function lifetimeOf(kind: Kind, options: LifetimeOptions): Lifetime {
  const directory = mkdtempSync(join(tmpdir(), `hcoop-test-${kind.user}-`));
  execFileSync('install', ['-d', '-o', kind.user, '-g', kind.user, '-m', '755', directory]);
  let daemon: Daemon | undefined;

  const isRunning = (): boolean => daemon?.isRunning() ?? false;
  const shutDown = async (): Promise<void> => daemon?.end(kind.stopSignal);
  const refuseClients = async (): Promise<void> => {
    let left: readonly string[] = [];
    const none = async (): Promise<boolean> => {
      left = await kind.clients(directory); // one that has just ended is there for some milliseconds
      return left.length === 0;
    };
    await eventually('the end of all clients', none, 2000).catch((error: unknown) => {
      throw left.length === 0 ? error : new Error(`left connected to the server:\n${left.join('\n')}`);
    });
  };
  const stop = async (): Promise<void> => {
    try {
      if (isRunning()) await refuseClients();
    } finally {
      await shutDown();
      rmSync(directory, { recursive: true, force: true });
    }
  };
  if (!options.untilStopped) onTestFinished(stop);
  return {
    directory,
    get pid() {
      return daemon?.pid ?? 0;
    },
    start: async () => {
      if (isRunning()) throw new Error('it is running');
      daemon = await kind.start(directory);
    },
    shutDown,
    kill: async () => {
      if (daemon?.isRunning()) await kind.kill(daemon, directory);
    },
    stop,
  };
}
