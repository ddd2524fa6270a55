import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Where a server takes connections: a socket's path, or `tcp:` and a port. */
export type Address = string;

/** What a process listens on (proc(5), net/unix and net/tcp: what is there of its sockets). Of somebody else's, only root may know. */
export function listeningOf(pid: string): Address[] {
  const inodes = socketsOf(pid);
  if (inodes.size === 0) return [];
  const sockets = table(pid, 'unix').flatMap(([, , , flags = '', , , inode = '', path = '']) =>
    (Number.parseInt(flags, 16) & acceptsConnections) !== 0 && inodes.has(inode) && path.startsWith('/')
      ? [socketAddress(path)]
      : [],
  );
  const ports = ['tcp', 'tcp6'].flatMap((name) =>
    table(pid, name).flatMap(([, local = '', , state, , , , , , inode = '']) =>
      state === listening && inodes.has(inode)
        ? [portAddress(Number.parseInt(local.split(':')[1] ?? '0', 16))]
        : [],
    ),
  );
  return [...new Set([...sockets, ...ports])];
}

/** /var/run is a link to /run. */
export function socketAddress(path: string): Address {
  return path.replace(/^\/var\/run\//, '/run/');
}

export function portAddress(port: number): Address {
  return `tcp:${port}`;
}

/** __SO_ACCEPTCON of the kernel. */
const acceptsConnections = 0x10000;
/** TCP_LISTEN, as the kernel prints it. */
const listening = '0A';

function table(pid: string, name: string): string[][] {
  try {
    const lines = readFileSync(`/proc/${pid}/net/${name}`, 'latin1').split('\n').slice(1);
    return lines.map((line) => line.trim().split(/\s+/));
  } catch {
    return [];
  }
}

function socketsOf(pid: string): Set<string> {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  } catch {
    return new Set(); // it has gone, or is somebody else's
  }
}
