import { failure } from 'command-line';
import type { Digest } from './durable.ts';

/** A file that has gone over to a command. */
export interface MovedFile extends Digest {
  readonly name: string;
}

/** The file that stands in a directory for those that have gone over. */
export const movedName = 'MOVED';

/** For each file a comment with its size, then a line for `sha256sum -c`, which passes comments over. */
export function formatMoved(files: readonly MovedFile[]): string {
  return files.map(({ name, size, sha256 }) => `# ${size} bytes\n${sha256} *${name}\n`).join('');
}

/** Reads it back; `file` is what messages call it. */
export function parseMoved(text: string, file: string): MovedFile[] {
  const pair = /# (\d+) bytes\n([0-9a-f]{64}) \*([^\n/]+)\n/y;
  const files: MovedFile[] = [];
  while (pair.lastIndex < text.length) {
    const [, size, sha256, name] = pair.exec(text) ?? [];
    if (size === undefined || sha256 === undefined || name === undefined)
      throw failure(file, `not of its form after ${files.length} files`);
    files.push({ name, size: Number(size), sha256 });
  }
  return files;
}
