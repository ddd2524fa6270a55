import { chmodSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, makeHost, startSshServer, type TestHost } from 'test-kit';
import { startMariadb, startPostgres } from 'test-servers';

export interface Servers {
  /** Names of hosts where ssh gets rsync-gate. */
  readonly gates?: readonly string[];
  /** Names of hosts where ssh gets what it asks for, as root too. */
  readonly shells?: readonly string[];
  /** PostgreSQL and MariaDB where Debian has them. */
  readonly sql?: boolean;
}

/** What the stage must know of them. */
export interface Reachable {
  /** For /etc/ssh/ssh_config. */
  readonly sshConfig: string;
  /** Directories and files to bind: from what to what. */
  readonly binds: readonly (readonly [string, string])[];
  /** Variables for the shell: of the last host, `home`, `staging`, `state`, `identity`. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Starts servers until the test ends. */
export async function startServers({ gates = [], shells = [], sql }: Servers): Promise<Reachable> {
  const hosts = [
    ...(await Promise.all(gates.map((name) => sshHost(name)))),
    ...(await Promise.all(shells.map((name) => sshHost(name, 'eval \\"$SSH_ORIGINAL_COMMAND\\"')))),
  ];
  const last = hosts.at(-1)?.host;
  return {
    sshConfig: hosts.map(({ config }) => config).join(''),
    binds: sql ? await startDatabases() : [],
    variables: last === undefined ? {} : variablesOf(last),
  };
}

function variablesOf({ directory, staging, state, identity }: TestHost): Record<string, string> {
  return { home: join(directory, 'home'), staging, state, identity };
}

async function sshHost(name: string, command?: string): Promise<{ host: TestHost; config: string }> {
  const host = makeHost();
  const { sshConfig } = await startSshServer(host, { name, ...(command !== undefined && { command }) });
  symlinkSync(builtCommand('hcoop-backup'), join(host.directory, 'bin/hcoop-backup'));
  chmodSync(join(host.directory, 'home'), 0o777);
  return { host, config: readFileSync(sshConfig, 'utf8') };
}

async function startDatabases(): Promise<(readonly [string, string])[]> {
  const [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
  await postgres.sql('CREATE DATABASE app');
  await postgres.sql('CREATE TABLE orders AS SELECT generate_series(1, 3) AS id', 'app');
  await mariadb.sql('CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY)');
  return [
    [postgres.socketDirectory, '/run/postgresql'],
    [mariadb.socket, '/run/mysqld/mysqld.sock'],
  ];
}
