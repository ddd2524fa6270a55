import { until } from 'test-kit';
import { isRunning, type Namespaces } from './namespaces.ts';
import type { Programs } from './programs.ts';

const openafs = '/usr/lib/openafs';

/** How each is started, where it listens, and what tells that it answers. */
const kinds = {
  krb5kdc: { program: 'krb5kdc -n', port: 88, sign: ['true'], expected: /^/ }, // it listens once it answers
  vlserver: { program: `${openafs}/vlserver -rxbind`, port: 7003, ...database(7003) },
  ptserver: { program: `${openafs}/ptserver -rxbind`, port: 7002, ...database(7002) },
  fileserver: { program: `${openafs}/dafileserver`, port: 7000, ...socket('fssync') },
  volserver: {
    program: `${openafs}/davolserver`,
    port: 7005,
    sign: ['vos', 'status', 'afs1'],
    expected: /transactions/,
  },
  salvageserver: {
    program: `${openafs}/salvageserver`,
    port: undefined, // of the file server alone, which asks it by a socket
    ...socket('salvsync'),
  },
} as const;

/** A process that serves the cell. */
export type DaemonName = keyof typeof kinds;

/** One of the cell's daemons. */
export interface Daemon {
  /** Of the process that was started last. */
  readonly pid: number;
  /** The port of UDP at which it is asked. */
  readonly port: number | undefined;
  /** Starts it, and waits until it answers. */
  start(): Promise<void>;
  /** Ends it, without a warning if not told otherwise, and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Sends it a signal: SIGSTOP makes it silent, until SIGCONT. */
  signal(signal: NodeJS.Signals): void;
}

export type Daemons = Readonly<Record<DaemonName, Daemon>>;

/** The daemons of a cell, none of them started. */
export function daemonsIn(namespaces: Namespaces, programs: Programs): Daemons {
  const daemon = (name: DaemonName): Daemon => {
    const { program, port, sign, expected } = kinds[name];
    let pid = 0;
    const signal = (name: NodeJS.Signals): void => void process.kill(pid, name);
    return {
      get pid() {
        return pid;
      },
      port,
      signal,
      start: async () => {
        pid = await namespaces.daemon(name, program);
        // First: a question to nobody would be asked again after seconds only.
        if (port !== undefined) await programs.eventually(/./, 'ss', '-lnuH', `sport = :${port}`);
        await programs.eventually(expected, ...sign);
      },
      kill: async (name = 'SIGKILL') => {
        signal(name);
        await until(() => !isRunning(pid));
      },
    };
  };
  return {
    krb5kdc: daemon('krb5kdc'),
    vlserver: daemon('vlserver'),
    ptserver: daemon('ptserver'),
    fileserver: daemon('fileserver'),
    volserver: daemon('volserver'),
    salvageserver: daemon('salvageserver'),
  };
}

/** A server of a database answers from the start, but is of use only once it has elected itself. */
function database(port: number): { sign: readonly string[]; expected: RegExp } {
  return { sign: ['udebug', 'afs1', String(port)], expected: /Recovery state 1f/ };
}

/** The one by which the servers of a machine ask each other. */
function socket(name: string): { sign: readonly string[]; expected: RegExp } {
  return { sign: ['ss', '-lxH'], expected: new RegExp(`/openafs/local/${name}\\.sock `) };
}
