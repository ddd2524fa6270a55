import type { Stage, User } from 'command-line';
import { fromText } from 'path-stream';
import { homeEnvironment } from 'sealed-file';
import { answerOf } from '../answer.ts';
import { localPort } from '../discover.ts';
import { type Address, socketAddress } from '../listening.ts';
import { serverName } from '../names.ts';
import { ownerOf } from '../owner.ts';
import { requireSecret } from '../secret-file.ts';
import { encodePart, parseUrl, type Url } from '../url.ts';

/** What a URL may say beside host, port and user: names of files and of services, and how to connect (libpq, 34.1.2). */
const keys = [
  ...['host', 'port', 'user', 'service', 'passfile', 'connect_timeout', 'target_session_attrs'],
  ...['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslcrl', 'channel_binding', 'krbsrvname', 'gssencmode'],
];

/** What libpq goes by where it is told nothing. */
const usualPort = 5432;

/** Seconds in which a server has to take a connection. */
const patience = 30;

/** What a client says of an error beside the error itself: the line, a mark below it, details, the command. */
const notAnError = /^(?!.*(?:\b(?:ERROR|FATAL|[Ee]rror): |Error message from server: ))/;

/** How to reach a server: by a URL, and as whom. */
export class PostgresqlServer {
  readonly url: Url;

  constructor(text: string) {
    this.url = parseUrl(text, keys);
  }

  /** Where it is, as file names have it. */
  get name(): string {
    const { host, port, query } = this.url;
    return serverName(
      'postgresql',
      query.get('service'),
      host ?? query.get('host'),
      port ?? query.get('port'),
    );
  }

  /** Where it listens, if it is on this host. */
  get addresses(): Address[] {
    const { socket } = this;
    const { host, port, query } = this.url;
    if (query.has('service')) return [];
    return socket === undefined
      ? localPort(host ?? query.get('host'), port ?? Number(query.get('port') ?? usualPort))
      : [socketAddress(socket)];
  }

  /** The socket that it is reached by, if it is by one. */
  get socket(): string | undefined {
    const { host, port, query } = this.url;
    const place = host ?? query.get('host') ?? '/var/run/postgresql';
    return place.startsWith('/') ? `${place}/.s.PGSQL.${port ?? query.get('port') ?? usualPort}` : undefined;
  }

  /** The URL of one of its databases. */
  database(name: string): string {
    const { text } = this.url;
    const [, start = '', query = ''] = /^([a-z]+:\/\/[^/?]*)(?:\/[^?]*)?(\?.*)?$/s.exec(text) ?? [];
    const limit = this.url.query.has('connect_timeout')
      ? ''
      : `${query === '' ? '?' : '&'}connect_timeout=${patience}`;
    return `${start}/${encodePart(fromText(name))}${query}${limit}`;
  }

  /**
   * Whose rights a client needs: where the URL names no user, and the server is reached by a socket, those of the socket's owner, as whom
   * peer authentication lets it in (PostgreSQL, 20.9). Else this process's own.
   */
  user(): Promise<User | undefined> {
    const { socket } = this;
    const { user, query } = this.url;
    const isTold = user !== undefined || query.has('user') || query.has('service');
    return socket === undefined || isTold ? Promise.resolve(undefined) : ownerOf(socket);
  }

  /** A client program: with the home of whoever runs it, for ~/.pgpass and ~/.pg_service.conf. */
  async stage(program: string, name: string, args: readonly string[]): Promise<Stage> {
    const passfile = this.url.query.get('passfile');
    if (passfile !== undefined) requireSecret(passfile);
    const user = await this.user();
    return {
      command: program,
      name,
      args,
      cwd: '/',
      noise: notAnError,
      isSink: true,
      ...(user === undefined ? { env: homeEnvironment() } : { user }),
    };
  }

  /** Asks the server for one JSON value; `limit`: seconds. */
  async ask(psql: string, database: string, query: string, limit?: number): Promise<unknown> {
    const args = ['-X', '-q', '-A', '-t', '-w', '-v', 'ON_ERROR_STOP=1', '-d', this.database(database)];
    return answerOf(await this.stage(psql, 'psql', args), query, limit);
  }
}
