import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure, reason } from 'command-line';
import { manifestName } from './names.ts';

/** The SHA-256 of a date's manifest, in hexadecimal: what the next date names as its previous. */
export function manifestDigest(directory: string): string {
  const path = join(directory, manifestName);
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch (error) {
    throw failure(path, reason(error));
  }
}
