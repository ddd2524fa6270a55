import { isIPv4 } from 'node:net';
import { usageError } from 'command-line';

/** A server that takes mail. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** When TLS begins: at once, before anything else is said (STARTTLS), or where the server has it. */
  readonly tls: 'at once' | 'required' | 'offered';
}

const ports = { 'at once': 465, submission: 587, relay: 25 };

/**
 * Reads `smtp://host[:port][?tls=required]` or `smtps://host[:port]`. Whoever has a password to send says it only over TLS, or to
 * this host itself.
 */
export function parseSmtpUrl(text: string, withPassword: boolean): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === '')
    throw usageError('--smtp', 'not a URL of a mail server', 'give smtp://host:port or smtps://host:port');
  if (url.username !== '' || url.password !== '')
    throw usageError('--smtp', 'a user or a password in it', 'they are for --auth-file');
  const { search } = url;
  const isPlain = url.protocol === 'smtp:';
  if (
    !/^\/?$/.test(url.pathname) ||
    url.hash !== '' ||
    !(search === '' || (isPlain && search === '?tls=required'))
  )
    throw usageError('--smtp', 'more than a host and a port in it', 'only smtp:// takes ?tls=required');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const mustEncrypt = search !== '' || (withPassword && !isLoopback(host));
  const tls = !isPlain ? 'at once' : mustEncrypt ? 'required' : 'offered';
  const usual = tls === 'at once' ? ports[tls] : withPassword ? ports.submission : ports.relay;
  return { host, port: url.port === '' ? usual : Number(url.port), tls };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
