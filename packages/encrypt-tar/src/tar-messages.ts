import type { BytePath } from 'path-stream';

/** What a line on tar's stderr says of a path, or of the whole run. */
export type TarMessage =
  | {
      readonly kind: 'vanished' | 'changed' | 'shrank' | 'lost';
      readonly path: BytePath;
      readonly why: string;
    }
  /** Printed before exit code 2 when tar went on to the end all the same. */
  | { readonly kind: 'finished' }
  /** Why it breaks off: the exit code says that it did. */
  | { readonly kind: 'fatal' }
  | { readonly kind: 'other'; readonly text: string };

const changed = /: (file changed as we read it)$/;
const shrank = /: (File shrank by \d+ bytes?; padding with zeros)$/;
const vanished =
  /: (Cannot (?:stat|open|readlink|savedir): No such file or directory|File removed before we read it|socket ignored|door ignored|Unknown file type; file ignored)$/;
const perFile = /: ((?:Cannot|Read error|Unable|Warning: Cannot) .*|Read error at .*|Not found in archive)$/;

/** Reads a line that GNU tar wrote in the C locale with `--quoting-style=escape`. */
export function readTarMessage(line: string): TarMessage {
  const text = line.replace(/^(?:\S*\/)?tar: /, '');
  if (/^Exiting with failure status due to previous errors/.test(text)) return { kind: 'finished' };
  if (/^(?:-: (?:Cannot write|Wrote only)|Error is not recoverable)/.test(text)) return { kind: 'fatal' };
  for (const [kind, pattern] of [
    ['changed', changed],
    ['shrank', shrank],
    ['vanished', vanished],
    ['lost', perFile],
  ] as const) {
    const match = pattern.exec(text);
    if (match?.[1])
      return { kind, path: unescapeName(text.slice(0, match.index)), why: match[1].toLowerCase() };
  }
  return { kind: 'other', text };
}

const escapes: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The bytes of a name that tar escaped: C escapes and three octal digits. */
export function unescapeName(name: string): BytePath {
  return name.replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
  );
}
