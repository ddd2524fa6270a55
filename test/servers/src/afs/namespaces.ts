import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, start, until } from 'test-kit';

/** Where a cell runs: network, mounts, processes and host name of its own. */
export interface Namespaces {
  /** The first process there: the others end with it. */
  readonly pid: number;
  /** The command line of a program there, in the machine's own pid namespace: its process becomes the program. */
  client(argv: readonly string[]): string[];
  /** Starts a daemon in all of them; the number of its process here. */
  daemon(name: string, program: string): Promise<number>;
  /** Ends everything there. What has been left running there as a client is an error. */
  end(): Promise<void>;
}

/** Makes them, with the files of this directory in the places of the machine's. */
export async function makeNamespaces(directory: string, address: string): Promise<Namespaces> {
  const keeper = join(import.meta.dirname, 'keeper.sh');
  const unshare = ['unshare', '--net', '--mount', '--pid', '--uts', '--fork', '--kill-child'];
  const { child, ended } = start([...unshare, 'bash', keeper, directory, address], { keepOpen: true });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  /** The number that the keeper said last of this name. */
  const lastOf = (name: string): number =>
    Number([...said.matchAll(new RegExp(`^${name} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
  await Promise.race([until(() => lastOf('ready') > 0), ended.then(refuse)]);
  const pid = lastOf('ready');
  const network = readlinkSync(`/proc/${pid}/ns/net`);

  return {
    pid,
    client: (argv) => ['nsenter', '-t', String(pid), '--net', '--mount', '--uts', '--', ...argv],
    daemon: async (name, program) => {
      const before = lastOf(name);
      child.stdin?.write(`${name} ${program}\n`);
      await Promise.race([until(() => lastOf(name) !== before), ended.then(refuse)]);
      return lastOf(name);
    },
    end: async () => {
      const clients = processesIn(network).filter((one) => one !== child.pid && !isWithin(one, pid));
      const left = clients.map((one) => `${one} ${commandOf(one)}`);
      for (const one of [pid, ...clients]) killed(one);
      await ended;
      await until(() => processesIn(network).length === 0);
      if (left.length > 0) throw new Error(`left running in the cell:\n${left.join('\n')}`);
    },
  };
}

/** Whether there is such a process. */
export function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

function refuse({ code, stderr }: Ended): never {
  throw new Error(`the namespaces of the cell ended (${code}): ${stderr}`);
}

function processesIn(network: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => linkOf(pid, 'net') === network).map(Number);
}

/** Whether a process is in the pid namespace of the first one there. */
function isWithin(pid: number, first: number): boolean {
  return linkOf(String(pid), 'pid') === linkOf(String(first), 'pid');
}

/** Undefined for a process that is gone. */
function linkOf(pid: string, kind: 'net' | 'pid'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trimEnd();
  } catch {
    return '';
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {} // gone in the meantime
}
