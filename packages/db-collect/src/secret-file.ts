import { statSync } from 'node:fs';
import { failure } from 'command-line';
import { type BytePath, escapePath, toFs } from 'path-stream';

/**
 * A file with a password must be there, and nobody else's to read: libpq passes over one that is, and says no more than that there is no
 * password; a client of MariaDB passes over one that anybody may write, and connects as somebody else.
 */
export function requireSecret(file: BytePath): void {
  const stats = statSync(toFs(file), { throwIfNoEntry: false });
  if (stats === undefined) throw failure(escapePath(file), 'no such file');
  if ((stats.mode & 0o077) !== 0)
    throw failure(escapePath(file), 'others may read it, or write it', 'chmod 600');
}
