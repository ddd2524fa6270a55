import { join } from 'node:path';
import { asUser, freePort, startDaemon, succeed } from '../sql/daemon.ts';
import { type Lifetime, type LifetimeOptions, lifetimeOf } from '../sql/lifetime.ts';

export interface MariadbOptions extends LifetimeOptions {
  /** It listens on a free port of 127.0.0.1 too. */
  readonly tcp?: boolean;
  /** It runs the events when they are due. */
  readonly events?: boolean;
  /** More options of mariadbd. */
  readonly config?: readonly string[];
}

/** A client's connection, which is a thread of the server. */
export interface Connection {
  readonly id: number;
  readonly user: string;
  readonly database: string | null;
  /** What it does: Query, Sleep. */
  readonly command: string;
  readonly query: string | null;
}

/** A MariaDB server with data of its own; its administrator is root@localhost, known by the user of the system. */
export interface Mariadb extends Lifetime {
  readonly dataDirectory: string;
  readonly socket: string;
  /** 0 where it listens on the socket only. */
  readonly port: number;
  /** The path of the file. */
  readonly log: string;
  /** The URL of a database, by the socket. */
  url(database?: string): string;
  /** Runs SQL as the administrator; throws when it fails. What it prints has \n, \t, \0 and \\ for these characters. */
  sql(statements: string, database?: string): Promise<string>;
  /** The connections of clients, without the one that is asked. */
  connections(): Promise<Connection[]>;
  /** Ends a connection. */
  killConnection(id: number): Promise<void>;
}

/** Starts a server, which ends with the test. It takes about a second. */
export async function startMariadb(options: MariadbOptions = {}): Promise<Mariadb> {
  const port = options.tcp ? await freePort() : 0;
  const lifetime = lifetimeOf(
    {
      user: 'mysql',
      stopSignal: 'SIGTERM',
      start: (directory) =>
        startDaemon({
          user: 'mysql',
          argv: ['mariadbd', '--no-defaults', ...settings(directory, port, options)],
          log: join(directory, 'log'),
          sign: ['mariadb-admin', '--no-defaults', `--socket=${join(directory, 'socket')}`, '-s', 'ping'],
        }),
      kill: (daemon) => daemon.end('SIGKILL'),
      clients: async () =>
        (await connections()).map(({ id, user, command, query }) => `${id} ${user} ${command}: ${query}`),
    },
    options,
  );

  const { directory } = lifetime;
  const dataDirectory = join(directory, 'data');
  const socket = join(directory, 'socket');
  const client = ['mariadb', '--no-defaults', `--socket=${socket}`, '--default-character-set=utf8mb4'];
  const sql = (statements: string, database?: string): Promise<string> =>
    succeed(
      [...client, '-N', '-B', ...(database === undefined ? [] : [`--database=${database}`])],
      statements,
    );
  const connections = async (): Promise<Connection[]> => {
    const listed = await succeed([...client, '-N', '-B', '--raw'], listConnections);
    return JSON.parse(listed) as Connection[];
  };

  try {
    await succeed(asUser('mysql', ['mariadb-install-db', ...installation, ...common(directory)]));
    await lifetime.start();
  } catch (error) {
    await lifetime.stop();
    throw error;
  }
  return Object.assign(lifetime, {
    dataDirectory,
    socket,
    port,
    log: join(directory, 'log'),
    url: (database = '') => `mariadb:///${encodeURIComponent(database)}?socket=${encodeURIComponent(socket)}`,
    sql,
    connections,
    killConnection: async (id: number) => void (await sql(`KILL ${id}`)),
  });
}

const installation = ['--no-defaults', '--auth-root-authentication-method=socket', '--skip-test-db'];

/** Of the installation too. In a directory for temporary files that they shared, one would remove another's. */
function common(directory: string): string[] {
  return [
    `--datadir=${join(directory, 'data')}`,
    `--tmpdir=${directory}`,
    '--innodb-log-file-size=4M',
    '--innodb-flush-log-at-trx-commit=2', // with 0, a kill loses transactions
    '--innodb-buffer-pool-size=32M',
  ];
}

const listConnections = `
  SELECT COALESCE(JSON_ARRAYAGG(JSON_OBJECT('id', id, 'user', user, 'database', db, 'command', command,
    'query', info) ORDER BY id), '[]')
  FROM information_schema.processlist
  WHERE id <> CONNECTION_ID() AND command NOT IN ('Daemon', 'Slave_SQL')`;

/** As Debian has it, but small. */
function settings(directory: string, port: number, { tcp, events, config = [] }: MariadbOptions): string[] {
  return [
    ...common(directory),
    `--socket=${join(directory, 'socket')}`,
    `--pid-file=${join(directory, 'pid')}`,
    ...(tcp ? ['--bind-address=127.0.0.1', `--port=${port}`] : ['--skip-networking']),
    `--event-scheduler=${events ? 'ON' : 'OFF'}`,
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_general_ci',
    '--key-buffer-size=1M',
    '--aria-pagecache-buffer-size=8M',
    ...config,
  ];
}
