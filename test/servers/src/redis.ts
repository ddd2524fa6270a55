import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'test-kit';
import { freePort } from './free-port.ts';
import {
  asUser,
  describe,
  directoryOf,
  give,
  type OwnOptions,
  type OwnProcess,
  ownProcess,
  withDirectory,
} from './own-process.ts';
import { redisEntries, resp } from './redis-entries.ts';

export interface RedisOptions extends OwnOptions {
  /** It listens at a port of 127.0.0.1 too. */
  readonly port?: boolean;
  /** It asks for a password: a new one, awkward to quote. */
  readonly password?: boolean;
  /** More settings. A transfer starts without a delay here, unlike with a server as it is. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A real Redis. */
export interface Redis extends OwnProcess {
  /** What it has is below: redis.conf, data/dump.rdb, log. */
  readonly directory: string;
  readonly socket: string;
  /** Of 127.0.0.1; 0 where it has none. */
  readonly port: number;
  /** With the password and a newline, of root alone (0600); undefined where it asks for none. */
  readonly passwordFile: string | undefined;
  /** What redis-cli printed for a command; a failure is thrown, and so is an answer that is an error. */
  cli(args: readonly string[], stdin?: string | Uint8Array): Promise<string>;
  /** Puts in keys of all types, with any bytes, with times at which they expire, into several databases. */
  fill(): Promise<void>;
  /** A checksum over all that it has, equal for equal content. */
  digest(): Promise<string>;
  /** Ends it, and removes its directory. */
  stop(): Promise<void>;
}

/** Starts a Redis, as user redis, which ends with the test. It writes nothing to disk that it is not told to. */
export function startRedis(options: RedisOptions = {}): Promise<Redis> {
  const directory = directoryOf('redis', 'redis');
  return withDirectory(directory, options, async () => {
    const socket = join(directory, 'socket');
    const port = options.port ? await freePort() : 0;
    const password = options.password ? `ä "pass" 'word' # \\ ${directory.slice(-6)}` : undefined;
    const config = join(directory, 'redis.conf');
    mkdirSync(join(directory, 'data'), { mode: 0o750 });
    writeFileSync(config, lines(directory, socket, port, password, options.settings), { mode: 0o640 });
    give(directory, 'redis');
    const passwordFile = password === undefined ? undefined : join(directory, 'password');
    if (passwordFile !== undefined) writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });

    const client = ['redis-cli', '-s', socket, '-e'];
    const env = password === undefined ? {} : { REDISCLI_AUTH: password };
    const cli = async (args: readonly string[], input: string | Uint8Array = ''): Promise<string> => {
      const ended = await run([...client, ...args], { input, env });
      if (ended.code !== 0) throw new Error(describe([...client, ...args], ended));
      return ended.stdout.toString();
    };
    const sign = [
      'env',
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...client,
      'ping',
    ];
    const server = ownProcess(asUser('redis', ['redis-server', config]), sign);
    return Object.assign(server, {
      directory,
      socket,
      port,
      passwordFile,
      cli,
      fill: async () => void (await cli(['--pipe'], resp(redisEntries()))),
      digest: async () => (await cli(['debug', 'digest'])).trim(),
    });
  });
}

function lines(
  directory: string,
  socket: string,
  port: number,
  password: string | undefined,
  settings: Readonly<Record<string, string>> = {},
): string {
  const all = {
    port: String(port),
    bind: '127.0.0.1',
    unixsocket: socket,
    unixsocketperm: '777',
    dir: join(directory, 'data'),
    logfile: join(directory, 'log'),
    save: '""',
    'repl-diskless-sync-delay': '0',
    'enable-debug-command': 'local', // for the digest
    ...(password !== undefined && { requirepass: `"${password.replace(/["\\]/g, '\\$&')}"` }),
    ...settings,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}
