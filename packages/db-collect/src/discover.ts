import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Item } from './item.ts';
import { type Address, listeningOf, portAddress } from './listening.ts';
import type { Engine } from './source.ts';
import { encodePart } from './url.ts';

/** A database server that runs on this host. */
export interface RunningServer {
  readonly engine: Engine;
  /** What would be an item of it. */
  readonly url: string;
  readonly addresses: readonly Address[];
}

/** The servers that run: by the names of their programs (proc(5), comm), each with what it listens on. */
export function runningServers(): RunningServer[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.flatMap((pid) => {
    const describe = programs.get(read(pid, 'comm').trim());
    const addresses = describe === undefined ? [] : listeningOf(pid);
    if (describe === undefined || addresses.length === 0) return [];
    const server = describe(addresses, pid);
    // The addresses of a container are other ones than those here, though they look the same: no item covers it.
    return [
      isHere(pid) ? server : { ...server, url: `${server.url}#in-a-namespace-of-its-own`, addresses: [] },
    ];
  });
  return [...new Map(found.map((server) => [server.url, server])).values()];
}

/** Whether a process sees the same network and files as this one (namespaces(7)). */
function isHere(pid: string): boolean {
  return ['net', 'mnt'].every((kind) => namespaceOf(pid, kind) === namespaceOf('self', kind));
}

function namespaceOf(pid: string, kind: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return ''; // it has gone, or is somebody else's
  }
}

/** Whether one of the items is of a server, and of all that it has. */
export function isCovered({ engine, addresses }: RunningServer, items: readonly Item[]): boolean {
  const isMysql = (one: Engine): boolean => one === 'mariadb' || one === 'mysql';
  const kin = (other: Engine): boolean => other === engine || (isMysql(other) && isMysql(engine));
  return items.some((item) => kin(item.engine) && item.covers.some((address) => addresses.includes(address)));
}

/** What a server of a host and port, if it is this host, listens on. */
export function localPort(host: string | undefined, port: number | undefined): Address[] {
  const names = ['localhost', hostname(), '::1', '[::1]'];
  const isHere = host === undefined || names.includes(host) || /^127\./.test(host);
  return isHere && port !== undefined ? [portAddress(port)] : [];
}

type Describe = (addresses: readonly Address[], pid: string) => RunningServer;

/** A map: what a process calls itself may be the name of something that every object has. */
const programs: ReadonlyMap<string, Describe> = new Map(
  Object.entries<Describe>({
    postgres: (addresses) => {
      const [socket, port] = parts(addresses);
      const number = socket === undefined ? port : Number(socket.slice(socket.lastIndexOf('.') + 1));
      const host = socket === undefined ? 'localhost' : dirname(socket);
      const isUsual = host === '/run/postgresql' && number === 5432;
      const query = isUsual ? '' : `?host=${encodePath(host)}&port=${number}`;
      return { engine: 'postgresql', url: `postgresql:///${query}`, addresses };
    },
    mariadbd: (addresses) => ({ engine: 'mariadb', url: sqlUrl('mariadb', addresses), addresses }),
    mysqld: (addresses) => ({ engine: 'mysql', url: sqlUrl('mysql', addresses), addresses }),
    'redis-server': (addresses) => {
      const [socket, port] = parts(addresses);
      const url =
        port === undefined ? `redis:///?socket=${encodePath(socket ?? '')}` : `redis://localhost:${port}`;
      return { engine: 'redis', url, addresses };
    },
    slapd: (_, pid) => {
      const config = configurationOf(pid);
      const query = config === usualSlapd ? '' : `?config=${encodePath(config)}`;
      return { engine: 'ldap', url: `ldap:///${query}`, addresses: [config] };
    },
  }),
);

function sqlUrl(scheme: string, addresses: readonly Address[]): string {
  const [socket, port] = parts(addresses);
  if (socket === '/run/mysqld/mysqld.sock') return `${scheme}:///`;
  return socket === undefined
    ? `${scheme}://127.0.0.1:${port}/`
    : `${scheme}:///?socket=${encodePath(socket)}`;
}

/** The first socket, and the first port. */
function parts(addresses: readonly Address[]): [socket: string | undefined, port: number | undefined] {
  const port = addresses.find((address) => address.startsWith('tcp:'))?.slice('tcp:'.length);
  return [
    addresses.find((address) => address.startsWith('/')),
    port === undefined ? undefined : Number(port),
  ];
}

/** Where Debian's slapd has its configuration. */
export const usualSlapd = '/etc/ldap/slapd.d';

/** Of a slapd, the directory behind `-F`, or the file behind `-f`, which nothing here can dump: slapcat reads that, whatever it listens on. */
function configurationOf(pid: string): string {
  const args = read(pid, 'cmdline').split('\0');
  const at = args.findIndex((arg) => /^-[fF]/.test(arg));
  const [, joined = ''] = /^-[fF](.*)$/s.exec(args[at] ?? '') ?? [];
  return at < 0 ? usualSlapd : joined || (args[at + 1] ?? usualSlapd);
}

function encodePath(path: string): string {
  return path.split('/').map(encodePart).join('/');
}

function read(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return ''; // it has gone
  }
}
