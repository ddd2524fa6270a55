import type { BytePath } from 'path-stream';

/**
 * Parses a package's md5sums (deb-md5sums(5)) into pairs of absolute path and digest. Packages that were not made with
 * Debian's tools have one space where there should be two, a `*`, `./` or `/` before the path, and the archive's own control
 * files: all are understood, and what is not is left out. md5sum(1) puts a backslash before a line in whose name it has
 * escaped some bytes; dpkg's own digests have none.
 */
export function* parseMd5sums(content: string): Generator<readonly [BytePath, string]> {
  for (const line of content.split('\n')) {
    const [, mark, digest, name] = /^(\\?)([0-9a-fA-F]{32})(?: [ *]?|\t)(?:\.?\/)*(.+)$/s.exec(line) ?? [];
    if (digest === undefined || name === undefined || name.startsWith('DEBIAN/')) continue;
    yield [`/${mark === '' ? name : unescapeName(name)}`, digest.toLowerCase()];
  }
}

const escaped: Record<string, string> = { '\\\\': '\\', '\\n': '\n', '\\r': '\r' };

function unescapeName(name: string): BytePath {
  return name.replace(/\\[\\nr]/g, (pair) => escaped[pair] ?? pair);
}
