import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, run, start } from 'test-kit';
import { onTestFinished } from 'vitest';

/** A server that is a process of this machine, as an operating system user of its own. */
export interface OwnProcess {
  /** Of the process that was started last. */
  readonly pid: number;
  /** Starts it, and waits until it answers. */
  start(): Promise<void>;
  /** Ends it, without a warning if not told otherwise, and waits until it is gone. SIGTERM ends it in order. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Sends it a signal: SIGSTOP makes it silent, until SIGCONT. */
  signal(signal: NodeJS.Signals): void;
}

export interface OwnOptions {
  /** It does not end with the test, but when the caller stops it: for one that the tests of a file share. */
  readonly untilStopped?: boolean;
}

const patience = 30_000;

/** The command line that runs a program as a user of the system. */
export function asUser(user: string, argv: readonly string[]): string[] {
  const group = execFileSync('id', ['-g', user]).toString().trim();
  return ['setpriv', '--reuid', user, '--regid', group, '--init-groups', ...argv];
}

/** What a program printed; a failure is thrown. */
export async function succeed(argv: readonly string[], input: string | Uint8Array = ''): Promise<Buffer> {
  const ended = await run(argv, { input });
  if (ended.code !== 0) throw new Error(describe(argv, ended));
  return ended.stdout;
}

/** A new directory of a user, which all others can pass. */
export function directoryOf(user: string, name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `hcoop-test-${name}-`));
  give(directory, user);
  execFileSync('chmod', ['711', directory]);
  return directory;
}

/** Makes a user the owner of all that is in a directory. */
export function give(directory: string, user: string): void {
  execFileSync('chown', ['-R', `${user}:`, directory]);
}

/** Starts what a directory is for, and has it and the directory end with the test, unless told otherwise. */
export async function withDirectory<T extends OwnProcess>(
  directory: string,
  options: OwnOptions,
  begin: () => Promise<T>,
): Promise<T & { stop(): Promise<void> }> {
  let end = async (): Promise<void> => {};
  const stop = async (): Promise<void> => {
    try {
      await end();
    } finally {
      end = async () => {};
      rmSync(directory, { recursive: true, force: true });
    }
  };
  if (!options.untilStopped) onTestFinished(stop);
  try {
    const server = await begin();
    end = () => server.kill();
    await server.start();
    return Object.assign(server, { stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A server that is not started yet. The program stays in the foreground; `sign` succeeds once it answers. */
export function ownProcess(argv: readonly string[], sign: readonly string[]): OwnProcess {
  let pid = 0;
  let gone: Promise<Ended> | undefined;
  return {
    get pid() {
      return pid;
    },
    start: async () => {
      const { child, ended } = start(argv);
      let failed: Ended | undefined;
      const failing = ended.then((how) => {
        failed = how;
      });
      gone = ended;
      pid = child.pid ?? 0;
      const giveUp = Date.now() + patience;
      while ((await run(sign)).code !== 0) {
        if (failed) throw new Error(describe(argv, failed));
        if (Date.now() > giveUp) throw new Error(`does not answer within ${patience} ms: ${argv.join(' ')}`);
        // Each look is a program; the end of the server needs no more of them.
        await Promise.race([failing, new Promise((resolve) => setTimeout(resolve, 20))]);
      }
    },
    kill: async (signal = 'SIGKILL') => {
      if (gone === undefined) return;
      const ended = gone;
      gone = undefined;
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
      await ended;
    },
    signal: (signal) => void process.kill(pid, signal),
  };
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH';
}

export function describe(argv: readonly string[], { code, signal, stdout, stderr }: Ended): string {
  return `${argv.join(' ')}: ${code ?? signal}\n${stdout}${stderr}`;
}
