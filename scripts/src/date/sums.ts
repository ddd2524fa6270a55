import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure, reason } from 'command-line';

export const sumsName = 'SHA256SUMS';

/** The path of a file in a date, relative to its directory: nothing that a shell, or a name that starts with a dot, makes something else of. */
export const pathPattern = '(?!.*(?:^|/)\\.)[A-Za-z0-9._%-]+(?:/[A-Za-z0-9._%-]+)*';

const linePattern = new RegExp(`^([0-9a-f]{64}) [ *](${pathPattern})$`);

/** What `sha256sum -c` reads, in binary mode, paths relative to the date's directory. */
export function formatSums(files: readonly { readonly path: string; readonly sha256: string }[]): string {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  return sorted.map(({ path, sha256 }) => `${sha256} *${path}\n`).join('');
}

/** Reads SHA256SUMS: path to digest. A line of another form, or a path that leaves the directory, is an error. */
export function readSums(directory: string): Map<string, string> {
  const file = join(directory, sumsName);
  const sums = new Map<string, string>();
  for (const [index, line] of readText(file).trimEnd().split('\n').entries()) {
    const match = linePattern.exec(line);
    const [, sha256, path] = match ?? [];
    if (!sha256 || !path || sums.has(path)) throw failure(`${file}:${index + 1}`, 'not a line of SHA256SUMS');
    sums.set(path, sha256);
  }
  return sums;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw failure(file, reason(error));
  }
}
