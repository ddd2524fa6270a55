import { accessSync, constants, statSync } from 'node:fs';
import { failure } from './errors.ts';

/** Debian's package for each program that is not in an essential one: for the hint. */
const packages: Record<string, string> = {
  age: 'age',
  aklog: 'openafs-krb5',
  bwrap: 'bubblewrap',
  ccencrypt: 'ccrypt',
  ccdecrypt: 'ccrypt',
  fs: 'openafs-client',
  k5start: 'kstart',
  mariadb: 'mariadb-client',
  mariadbd: 'mariadb-server',
  'mariadb-dump': 'mariadb-client',
  mysql: 'mysql-client',
  mysqldump: 'mysql-client',
  pg_dump: 'postgresql-client',
  psql: 'postgresql-client',
  rclone: 'rclone',
  'redis-cli': 'redis-tools',
  restorevol: 'openafs-client',
  rsync: 'rsync',
  'sa-learn': 'spamassassin',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  slapcat: 'slapd',
  sqlite3: 'sqlite3',
  sudo: 'sudo',
  tokens: 'openafs-client',
  vos: 'openafs-client',
  zstd: 'zstd',
};

/** What root's scripts search, whatever their caller's PATH: sudo's secure_path. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

let searchPath = process.env.PATH ?? systemPath;

/** Fixes where programs are looked for, for this process and its children. */
export function setSearchPath(path: string): void {
  searchPath = path;
}

/** Fixes where this process and its children make temporary files. */
export function setTemporaryDirectory(path: string): void {
  process.env.TMPDIR = path; // node's tmpdir() reads it, too
}

/**
 * The absolute path of a program. A missing one is an error before anything is started: in the middle of a
 * pipeline it would leave the stages after it to finish, successfully, with nothing.
 */
export function findProgram(name: string): string {
  const found = lookUp(name);
  if (found !== undefined) return found;
  const debian = packages[name];
  throw failure(name, 'no such program', debian === undefined ? undefined : `apt install ${debian}`);
}

/** Whether a program is there: for those that a host may well lack. */
export function hasProgram(name: string): boolean {
  return lookUp(name) !== undefined;
}

function lookUp(name: string): string | undefined {
  const candidates = name.includes('/')
    ? [name]
    : searchPath.split(':').map((dir) => `${dir || '.'}/${name}`);
  return candidates.find(isExecutableFile);
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The environment of every child: listed, the same whoever calls. */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const temporary = process.env.TMPDIR;
  return {
    LC_ALL: 'C.UTF-8',
    PATH: searchPath,
    ...(temporary === undefined ? {} : { TMPDIR: temporary }),
    ...extra,
  };
}
