import { usageError } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import { readable } from './names.ts';

/** The parts of `scheme://user@host:port/path?key=value&…`, decoded (RFC 3986). What is not given is undefined. */
export interface Url {
  /** As it was written. */
  readonly text: string;
  readonly scheme: string;
  readonly user: BytePath | undefined;
  readonly host: BytePath | undefined;
  readonly port: number | undefined;
  /** Behind the slash; undefined where that is empty. */
  readonly path: BytePath | undefined;
  readonly query: ReadonlyMap<string, BytePath>;
}

const pattern =
  /^([a-z]+):\/\/(?:([^@/?:]*)(:[^@/?]*)?@)?(\[[0-9A-Fa-f:.]+\]|[^@/?:]*)(?::(\d+))?(?:\/([^?]*))?(?:\?(.*))?$/s;

/** Whether an item is a URL, and no directory. */
export function isUrl(item: BytePath): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(item);
}

/**
 * Reads a URL. One with a password is refused: it would be seen in the list of processes. So is a key that is not in `keys`:
 * what nobody reads would be missed at night.
 */
export function parseUrl(item: BytePath, keys: readonly string[]): Url {
  const [, scheme = '', user, password, host = '', port, path, query = ''] = pattern.exec(item) ?? [];
  const shown = escapePath(withoutSecrets(item));
  if (scheme === '') throw usageError(shown, 'not a URL that can be understood');
  if (password !== undefined) throw usageError(shown, 'a password in it', passwordHint);
  const pairs = query.split('&').filter((pair) => pair !== '');
  const values = pairs.map((pair): [key: string, value: string] => {
    const [, key = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
    return [key, value];
  });
  for (const [key] of values) {
    if (/pass(?!file|word-file)|pwd/i.test(key))
      throw usageError(`${scheme}://…${escapePath(key)}`, 'a password in it', passwordHint);
    if (!keys.includes(key))
      throw usageError(
        shown,
        `${escapePath(key)} is not known`,
        keys.length > 0 ? `known are: ${keys.join(' ')}` : undefined,
      );
  }
  return {
    text: readable(item),
    scheme,
    user: user === undefined ? undefined : decode(user, shown),
    host: host === '' ? undefined : decode(host, shown),
    port: port === undefined ? undefined : Number(port),
    path: path ? decode(path, shown) : undefined,
    query: new Map(values.map(([key, value]) => [key, decode(value, shown)])),
  };
}

const passwordHint =
  'passwords are for files: ~/.pgpass, pg_service.conf, ?defaults-extra-file=…, ?password-file=…';

/** What may be shown of a URL that is refused: not what stands where people write passwords, in good form or not. */
export function withoutSecrets(item: string): string {
  return item.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/[^:@/?]*):.*@/s, '$1:…@').replace(/\?.*$/s, '?…');
}

function decode(text: string, shown: string): BytePath {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw usageError(shown, 'a % that no two hexadecimal digits follow');
  const bytes = text.replace(/%([0-9A-Fa-f]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  if (bytes.includes('\0')) throw usageError(shown, '%00 in it');
  return bytes;
}

/** Writes bytes so that they are one part of a URL. */
export function encodePart(bytes: BytePath): string {
  return bytes.replace(
    /[^A-Za-z0-9._~-]/g,
    (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
}
