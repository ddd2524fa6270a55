import type { BytePath } from 'path-stream';

/**
 * Parses a package's md5sums (deb-md5sums(5)) into pairs of absolute path and digest. Packages that were not made with
 * Debian's tools have one space where there should be two, a `*`, `./` or `/` before the path, and the archive's own control
 * files: all are understood, and what is not is left out.
 */
export function* parseMd5sums(content: string): Generator<readonly [BytePath, string]> {
  for (const line of content.split('\n')) {
    const [, digest, path] = /^([0-9a-fA-F]{32})(?: [ *]?|\t)(?:\.?\/)*(.+)$/s.exec(line) ?? [];
    if (digest !== undefined && path !== undefined && !path.startsWith('DEBIAN/'))
      yield [`/${path}`, digest.toLowerCase()];
  }
}
