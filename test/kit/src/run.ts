import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RunOptions {
  /** What stdin gets; nothing without it. */
  readonly input?: string | Uint8Array;
  /** Leaves stdin open for the test to write to. */
  readonly keepOpen?: boolean;
  /** In a process group of its own, which can be killed as one. */
  readonly group?: boolean;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  /** As text, for messages. */
  readonly stderr: string;
}

/** The Node that runs the tests: also where PATH has another one, or none. */
export const node: string = process.execPath;

/** Before a command: root as it is, but for the right to read what the modes forbid. */
export const boundByModes: readonly string[] = [
  'setpriv',
  '--bounding-set',
  '-dac_override,-dac_read_search',
  node,
];

/**
 * A command line that runs a bash script in a mount namespace of its own, where what it mounts is gone with it; the
 * arguments are the script's. In a chroot, / is no mount point, and nothing there can be made private.
 */
export function inMountNamespace(script: string, ...args: string[]): string[] {
  const isolated = `set -eu; mount --make-rprivate / 2>/dev/null || true; ${script}`;
  return ['unshare', '-m', '--propagation', 'unchanged', 'bash', '-c', isolated, 'bash', ...args];
}

/** Starts a program; a built command of this project runs with this Node. `ended` collects what it wrote. */
export function start(
  argv: readonly string[],
  options: RunOptions = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const [file = '', ...args] = isOurs(argv[0]) ? [node, ...argv] : argv;
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: options.group ?? false,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
  });
  const collected = (stream: NodeJS.ReadableStream): Buffer[] => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return chunks;
  };
  const stdout = collected(child.stdout);
  const stderr = collected(child.stderr);
  child.stdin.on('error', () => {}); // a program need not read its input
  if (!options.keepOpen) child.stdin.end(options.input ?? '');
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
  });
  return { child, ended };
}

/** Runs a program to its end. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(argv, options).ended;
}

function isOurs(file: string | undefined): boolean {
  return file !== undefined && /\/dist\/[a-z-]+$/.test(file) && existsSync(file);
}

/** A new age key pair in a directory: the identity's file and the recipient's. */
export function keyPair(directory: string): { identity: string; recipients: string } {
  const identity = join(directory, 'identity.txt');
  const recipients = join(directory, 'recipients.txt');
  execFileSync('age-keygen', ['-o', identity], { stdio: 'ignore' });
  writeFileSync(recipients, execFileSync('age-keygen', ['-y', identity]));
  return { identity, recipients };
}

/** Waits for a condition, looking every few milliseconds; the test's own time limit bounds it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The processes that have a text in their command line. */
export function processesWith(text: string): string[] {
  const { status, stdout, error } = spawnSync('pgrep', ['-f', text]);
  if (error) throw error;
  return status === 1 ? [] : stdout.toString().trim().split('\n');
}
