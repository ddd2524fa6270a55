import type { BytePath } from 'path-stream';

/** A path as a word of a bash command line, in ASCII, whatever bytes it has. */
export function shellWord(path: BytePath): string {
  if (/^[\w./@:+,=-]+$/.test(path)) return path;
  if (/^[ -~]*$/.test(path) && !path.includes("'")) return `'${path}'`;
  const escaped = path.replace(/[^ -~]|['\\]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `$'${escaped}'`;
}
