import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asUser, type Daemon, freePort, startDaemon, succeed } from '../sql/daemon.ts';
import { type Lifetime, type LifetimeOptions, lifetimeOf } from '../sql/lifetime.ts';

export interface PostgresOptions extends LifetimeOptions {
  /** It listens on a free port of 127.0.0.1 too; clients there need a password. */
  readonly tcp?: boolean;
  /** Lines of pg_hba.conf, before its own. */
  readonly hba?: readonly string[];
  /** Lines of postgresql.conf, after its own. */
  readonly config?: readonly string[];
}

/** A process of the server that serves a client. */
export interface Backend {
  readonly pid: number;
  readonly user: string;
  readonly database: string;
  readonly application: string;
  readonly query: string;
}

/** A PostgreSQL server with a cluster of its own; its administrator is postgres, known by the user of the system. */
export interface Postgres extends Lifetime {
  /** The directory of PostgreSQL's own programs: those in PATH are Debian's wrappers. */
  readonly programs: string;
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly port: number;
  /** The path of the file. */
  readonly log: string;
  /** The URL of a database, by the socket. */
  url(database?: string): string;
  /** Runs SQL as the administrator, in the database postgres if not told otherwise; throws when it fails. */
  sql(statements: string, database?: string): Promise<string>;
  /** The backends of clients, without the one that is asked. */
  backends(): Promise<Backend[]>;
}

const installed = '/usr/lib/postgresql';

/** Starts a server, which ends with the test. It takes about a second. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const version = readdirSync(installed).sort((a, b) => Number(b) - Number(a))[0] ?? 'none';
  const programs = join(installed, version, 'bin');
  const port = options.tcp ? await freePort() : 5432;
  const lifetime = lifetimeOf(
    {
      user: 'postgres',
      stopSignal: 'SIGINT',
      start: (directory) =>
        startDaemon({
          user: 'postgres',
          argv: [join(programs, 'postgres'), '-D', join(directory, 'data')],
          log: join(directory, 'log'),
          sign: [join(programs, 'pg_isready'), '-q', '-h', join(directory, 'run'), '-p', String(port)],
        }),
      kill: killAll,
      clients: async () =>
        (await backends()).map(({ pid, application, query }) => `${pid} ${application}: ${query}`),
    },
    options,
  );

  const { directory } = lifetime;
  const dataDirectory = join(directory, 'data');
  const socketDirectory = join(directory, 'run');
  const url = (database = ''): string =>
    `postgresql:///${encodeURIComponent(database)}?host=${encodeURIComponent(socketDirectory)}&port=${port}`;
  const sql = (statements: string, database = 'postgres'): Promise<string> =>
    succeed(asUser('postgres', [join(programs, 'psql'), ...quietly, '-d', url(database)]), statements);
  const backends = async (): Promise<Backend[]> => JSON.parse(await sql(listBackends)) as Backend[];

  try {
    execFileSync('install', ['-d', '-o', 'postgres', '-g', 'postgres', '-m', '2775', socketDirectory]);
    const settings = ['--no-sync', '-E', 'UTF8', '--locale', 'C.UTF-8'];
    await succeed(asUser('postgres', [join(programs, 'initdb'), '-D', dataDirectory, ...settings]));
    configure(dataDirectory, socketDirectory, port, options);
    await lifetime.start();
  } catch (error) {
    await lifetime.stop();
    throw error;
  }
  return Object.assign(lifetime, {
    programs,
    dataDirectory,
    socketDirectory,
    port,
    log: join(directory, 'log'),
    url,
    sql,
    backends,
  });
}

const quietly = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'];

const listBackends = `
  SELECT coalesce(json_agg(json_build_object('pid', pid, 'user', usename, 'database', datname,
    'application', application_name, 'query', query) ORDER BY pid), '[]')
  FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;

/** As Debian has it, but small, and not safe from the machine's own failure. */
function configure(
  dataDirectory: string,
  socketDirectory: string,
  port: number,
  { tcp, hba = [], config = [] }: PostgresOptions,
): void {
  const settings = [
    `listen_addresses = '${tcp ? '127.0.0.1' : ''}'`,
    `port = ${port}`,
    `unix_socket_directories = '${socketDirectory}'`,
    'fsync = off',
    'full_page_writes = off',
    'shared_buffers = 32MB',
    'max_connections = 30',
    'dynamic_shared_memory_type = mmap', // which is in its directory: a killed server leaves nothing elsewhere
    'autovacuum_naptime = 1h',
    ...config,
  ];
  const authentication = [...hba, 'local all all peer', 'host all all 127.0.0.1/32 scram-sha-256'];
  writeFileSync(join(dataDirectory, 'postgresql.conf'), `${settings.join('\n')}\n`);
  writeFileSync(join(dataDirectory, 'pg_hba.conf'), `${authentication.join('\n')}\n`);
}

/** Kills the server and its processes, which are no group, and removes the shared memory that this leaves. */
async function killAll(daemon: Daemon, directory: string): Promise<void> {
  process.kill(daemon.pid, 'SIGSTOP'); // so that it starts no more of them
  const children = readFileSync(`/proc/${daemon.pid}/task/${daemon.pid}/children`, 'utf8');
  const memory = readFileSync(join(directory, 'data/postmaster.pid'), 'utf8').split('\n')[6] ?? '';
  await daemon.end('SIGKILL');
  for (const child of children.trim().split(' ')) killIfThere(Number(child));
  execFileSync('ipcrm', ['-m', memory.trim().split(/ +/)[1] ?? '']);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
