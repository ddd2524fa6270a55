import { type Stage, usageError } from 'command-line';
import { escapePath, toText } from 'path-stream';
import { homeEnvironment } from 'sealed-file';
import { answerOf } from '../answer.ts';
import { localPort } from '../discover.ts';
import { type Address, socketAddress } from '../listening.ts';
import { serverName } from '../names.ts';
import { requireSecret } from '../secret-file.ts';
import type { Engine } from '../source.ts';
import { parseUrl, type Url } from '../url.ts';

const keys = ['socket', 'defaults-extra-file'];

/** How to reach a server. */
export class MariadbServer {
  readonly url: Url;
  readonly engine: Engine & ('mariadb' | 'mysql');

  constructor(text: string) {
    this.url = parseUrl(text, keys);
    this.engine = this.url.scheme === 'mysql' ? 'mysql' : 'mariadb';
  }

  /** Where it is, as file names have it. */
  get name(): string {
    const { host, port, query } = this.url;
    return serverName(this.engine, host, port, query.get('socket'));
  }

  /** Where it listens, if it is on this host. */
  get addresses(): Address[] {
    const { host, port, query } = this.url;
    if (host !== undefined && host !== 'localhost') return localPort(host, port ?? 3306);
    return [
      socketAddress(query.get('socket') ?? '/run/mysqld/mysqld.sock'),
      ...(port === undefined ? [] : localPort(host, port)),
    ];
  }

  /** A client program. What a password is needed for is in a file: ~/.my.cnf, or the one that the URL names. */
  stage(program: 'dump' | 'client', args: readonly string[]): Stage {
    const { host, port, user, query } = this.url;
    const extra = query.get('defaults-extra-file');
    if (extra !== undefined) requireSecret(extra);
    const command = {
      mariadb: { dump: 'mariadb-dump', client: 'mariadb' },
      mysql: { dump: 'mysqldump', client: 'mysql' },
    };
    const where = { host, port, user, socket: query.get('socket') };
    return {
      command: command[this.engine][program],
      args: [
        ...(extra === undefined ? [] : [`--defaults-extra-file=${textOf(extra)}`]), // must be the first
        ...Object.entries(where).flatMap(([key, value]) =>
          value === undefined ? [] : [`--${key}=${textOf(String(value))}`],
        ),
        ...args,
      ],
      env: homeEnvironment(),
      cwd: '/',
      isSink: true,
    };
  }

  /** Has the dump program write the options that it takes from files. */
  printDefaults(): Stage {
    const { command, args, ...rest } = this.stage('dump', []);
    const files = args.filter((arg) => arg.startsWith('--defaults-extra-file='));
    return { ...rest, command, args: [...files, '--print-defaults'] };
  }

  /** Asks the server for one JSON value. */
  ask(query: string, limit?: number): Promise<unknown> {
    const stage = this.stage('client', [
      '--batch',
      '--raw',
      '--skip-column-names',
      '--default-character-set=utf8mb4',
      '--connect-timeout=30',
    ]);
    return answerOf(stage, query, limit);
  }
}

export function textOf(bytes: string): string {
  const text = toText(bytes);
  if (text === undefined) throw usageError(escapePath(bytes), 'not valid UTF-8');
  return text;
}
