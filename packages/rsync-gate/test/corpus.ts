import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One line of corpus.tsv. */
export interface Sample {
  readonly verdict: string;
  readonly kind: string;
  /** The command line, a UTF-16 unit a byte. */
  readonly line: string;
}

/** Reads corpus.tsv: bytes, comments, and the escapes that its head explains; `{R}` becomes the root. */
export function readCorpus(root: string): Sample[] {
  const text = readFileSync(join(import.meta.dirname, 'corpus.tsv'), 'latin1');
  return text
    .split('\n')
    .filter((row) => row !== '' && !row.startsWith('#'))
    .map((row) => {
      const [verdict = '', kind = '', line = ''] = row.split('\t');
      return { verdict, kind, line: unescapeLine(line).replaceAll('{R}', root) };
    });
}

const named: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

function unescapeLine(line: string): string {
  return line.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex?: string, letter = '') =>
    hex === undefined ? (named[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
