import { closeSync, openSync } from 'node:fs';
import { failure, reason, type Stage, usageError } from 'command-line';
import { escapePath, toFs } from 'path-stream';
import { localPort } from '../discover.ts';
import { runDumpProgram } from '../dump-program.ts';
import type { Item } from '../item.ts';
import { type Address, socketAddress } from '../listening.ts';
import { readable, serverName, stemOfAll } from '../names.ts';
import { requireSecret } from '../secret-file.ts';
import type { Source } from '../source.ts';
import { parseUrl, type Url } from '../url.ts';

/** A server of Redis: there is one dump of all that it has. */
export function redisItem(text: string): Item {
  const url = parseUrl(text, ['socket', 'password-file']);
  if (url.path !== undefined)
    throw usageError(escapePath(text), 'names a database', 'a dump of Redis has all of them');
  return {
    text: url.text,
    engine: 'redis',
    covers: addressesOf(url),
    find: () => ({ sources: [redisSource(url)], missing: [], excluded: [] }),
  };
}

function addressesOf({ host, port, query }: Url): Address[] {
  const socket = query.get('socket');
  return socket === undefined ? localPort(host, port ?? 6379) : [socketAddress(readable(socket))];
}

/** What redis-cli says of each transfer. */
const usual = /^(?:sending REPLCONF|SYNC sent to master|Transfer finished)/;

/** As a replica gets it: a snapshot of one moment, which the server makes for that (redis-cli, --rdb). */
function redisSource(url: Url): Source {
  const { host, port, query } = url;
  return {
    engine: 'redis',
    item: url.text,
    name: 'all',
    kind: 'database',
    file: `${stemOfAll(serverName('redis', host, port, query.get('socket')))}.rdb`,
    dump: (pass) =>
      withPassword(url, (input) =>
        runDumpProgram(redisCli(url, ['--rdb', '-']), pass, { ...(input !== undefined && { input }), usual }),
      ),
  };
}

/** redis-cli reads a password from its stdin: neither its arguments nor its environment are a place for one. */
async function withPassword<T>(url: Url, use: (file: number | undefined) => Promise<T>): Promise<T> {
  const path = url.query.get('password-file');
  if (path === undefined) return use(undefined);
  requireSecret(path);
  let file: number;
  try {
    file = openSync(toFs(path), 'r');
  } catch (error) {
    throw failure(escapePath(path), reason(error));
  }
  try {
    return await use(file);
  } finally {
    closeSync(file);
  }
}

function redisCli({ host, port, user, query }: Url, args: readonly string[]): Stage {
  const socket = query.get('socket');
  const where = socket === undefined ? { h: host, p: port } : { s: socket };
  return {
    command: 'redis-cli',
    args: [
      ...Object.entries(where).flatMap(([key, value]) =>
        value === undefined ? [] : [`-${key}`, readable(String(value))],
      ),
      ...(user === undefined ? [] : ['--user', readable(user)]),
      ...(query.has('password-file') ? ['--askpass'] : []),
      ...args,
    ],
    noise: usual,
    isSink: true,
    cwd: '/',
  };
}
