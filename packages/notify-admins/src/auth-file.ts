import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { failure, reason } from 'command-line';
import { escapeText } from 'path-stream';

export interface Credentials {
  readonly user: string;
  readonly pass: string;
}

/** Reads the user from the first line of a file, and the password from the second. Nobody but its owner may read it. */
export function readAuthFile(file: string): Credentials {
  const [user = '', pass = '', ...more] = readSecret(file).split('\n');
  if (user === '' || pass === '' || more.join('') !== '')
    throw failure(escapeText(file), 'not two lines', 'the user on the first, the password on the second');
  return { user, pass };
}

function readSecret(file: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw failure(escapeText(file), 'not a regular file');
    if ((stats.mode & 0o077) !== 0)
      throw failure(escapeText(file), 'others may read it, or write it', 'chmod 600');
    return readFileSync(descriptor, 'utf8');
  } catch (error) {
    throw error instanceof Error && 'errno' in error ? failure(escapeText(file), reason(error)) : error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
