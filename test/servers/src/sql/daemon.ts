import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type Ended, run } from 'test-kit';

/** A server's process, which is never left behind by the tests: the kernel kills it when they end without doing so. */
export interface Daemon {
  readonly pid: number;
  isRunning(): boolean;
  /** Sends it a signal, and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export interface DaemonOptions {
  /** The user of the system that it runs as. */
  readonly user: string;
  readonly argv: readonly string[];
  /** The file that gets what it writes. */
  readonly log: string;
  /** A program that succeeds once the server answers. */
  readonly sign: readonly string[];
}

const patience = 30_000;

/** The command line that runs a program as a user of the system. The process that is started becomes the program. */
export function asUser(user: string, argv: readonly string[]): string[] {
  return ['setpriv', '--reuid', user, '--regid', user, '--init-groups', ...argv];
}

/** Starts a server, and waits until it answers; one that ends before it does is an error, with its log. */
export async function startDaemon({ user, argv, log, sign }: DaemonOptions): Promise<Daemon> {
  const daemon = await spawned(asUser(user, ['setpriv', '--pdeathsig', 'KILL', ...argv]), log);
  try {
    await eventually(`an answer of ${argv[0]}`, async () => {
      if (!daemon.isRunning()) throw new Error(`it ended: ${argv.join(' ')}\n${readFileSync(log, 'utf8')}`);
      return (await run(sign)).code === 0;
    });
  } catch (error) {
    await daemon.end('SIGKILL');
    throw error;
  }
  return daemon;
}

function spawned([file = '', ...args]: readonly string[], log: string): Promise<Daemon> {
  const output = openSync(log, 'a');
  const child: ChildProcess = spawn(file, args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (isRunning()) child.kill(signal);
    await gone;
  };
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('spawn', () => resolve({ pid: child.pid ?? 0, isRunning, end }));
  });
}

/** Waits for what is to come within seconds, looking every few milliseconds. */
export async function eventually(
  what: string,
  condition: () => Promise<boolean>,
  within = patience,
): Promise<void> {
  const giveUp = Date.now() + within;
  while (!(await condition())) {
    if (Date.now() > giveUp) throw new Error(`not within ${within} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10)); // each look is a program
  }
}

/** What a program printed; a failure is thrown. */
export async function succeed(argv: readonly string[], input?: string): Promise<string> {
  const ended = await run(argv, { ...(input !== undefined && { input }), cwd: '/' });
  if (ended.code !== 0) throw new Error(describe(argv, ended));
  return ended.stdout.toString();
}

function describe(argv: readonly string[], { code, signal, stdout, stderr }: Ended): string {
  return `${argv.join(' ')}: ${code ?? signal}\n${stdout}${stderr}`;
}

/** A port of TCP on 127.0.0.1 at which nobody listens. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}
