import type { BytePath } from 'path-stream';

/** A name in which some bytes stand as a backslash and three octal digits: as mountinfo and getfattr(1) write names. */
export function unescapeOctal(text: string): BytePath {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
