import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { failure } from 'command-line';
import { longestManifest, manifestName } from './names.ts';
import { readSmallFile } from './records.ts';

/** The SHA-256 of a date's manifest, in hexadecimal: what the next date names as its previous. */
export function manifestDigest(directory: string): string {
  const path = join(directory, manifestName);
  const bytes = readSmallFile(path, longestManifest);
  if (bytes === undefined) throw failure(path, 'no such file');
  return createHash('sha256').update(bytes).digest('hex');
}
