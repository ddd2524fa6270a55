/*
 * What a client's rsync may send to the server's side of a pull. The list is of what was seen from real clients and
 * found harmless there; rsync(1) has their meaning. Whatever is not here is refused, old or new.
 */

/** Short options in one word, then what the client can do: `-logDtpre.iLsfxCIvu`, `-e30.0LsfxC`. */
const cluster = /^-(?=.)[vqnldHogDtpAXrcIuxSzWUb]*(?:e(?:\.|\d+\.\d+)[A-Za-z]+)?$/;

const blockSize = /^-B\d+$/;

const flags = new Set([
  '--numeric-ids',
  '--inplace',
  '--list-only',
  '--specials',
  '--no-specials',
  '--safe-links',
  '--ignore-errors',
  '--ignore-missing-args',
  '--msgs2stderr',
  '--no-msgs2stderr',
  '--old-compress',
  '--new-compress',
  '--append',
]);

const number = /^\d+$/; // rsync itself refuses what is too large
const checksums = 'xxh128|xxh3|xxh64|xxhash|md5|md4|sha1|none|auto';

/** Options with a value, always in the word itself (`--timeout=60`), and what the value may be. */
const values: ReadonlyMap<string, RegExp> = new Map([
  ['--timeout', number],
  ['--bwlimit', number],
  ['--checksum-seed', number],
  ['--compress-level', /^(?:-(?:[1-9]|1\d|20)|1?\d|2[0-2])$/],
  ['--compress-choice', /^(?:zstd|lz4|zlibx|zlib|none|auto)$/],
  ['--checksum-choice', new RegExp(`^(?:${checksums})(?:,(?:${checksums}))?$`)],
  ['--info', /^[A-Z0-9,]+$/],
  ['--skip-compress', /^[A-Za-z0-9/]+$/],
  ['--suffix', /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/],
]);

/** Why an option is refused; undefined where it is allowed. */
export function optionFault(word: string): string | undefined {
  if (cluster.test(word) || blockSize.test(word) || flags.has(word)) return undefined;
  const equals = word.indexOf('=');
  const allowed = equals === -1 ? undefined : values.get(word.slice(0, equals));
  if (allowed?.test(word.slice(equals + 1))) return undefined;
  if (allowed !== undefined) return `value not allowed: ${word}`;
  if (/^-[A-Za-z]*s|^--(?:secluded|protect)-args/.test(word))
    return 'secluded arguments cannot be checked: pull without -s, or with RSYNC_PROTECT_ARGS=0';
  return `option not allowed: ${word}`;
}
