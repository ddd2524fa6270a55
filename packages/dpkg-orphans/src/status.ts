import type { BytePath } from 'path-stream';

/** A package of dpkg's status file. */
export interface Package {
  readonly name: string;
  readonly architecture: string;
  readonly version: string;
  /** Whether versions for several architectures can be there side by side, each with files of its own in `info/`. */
  readonly multiArchSame: boolean;
  /** Whether dpkg vouches for its files: they were unpacked and not removed. */
  readonly unpacked: boolean;
  /** In the middle of its installation or removal, or broken: nobody can say what its files are. */
  readonly broken: boolean;
  /** Removed, its conffiles kept. */
  readonly removed: boolean;
  readonly conffiles: readonly BytePath[];
}

const unpackedStates = new Set([
  'installed',
  'unpacked',
  'half-configured',
  'triggers-awaited',
  'triggers-pending',
]);

/**
 * The packages of /var/lib/dpkg/status, and of the journal in /var/lib/dpkg/updates: what dpkg has done since it last wrote
 * the whole file, in the order of the files' names. The last stanza of a package counts.
 */
export function readPackages(status: string, journal: readonly string[]): Package[] {
  const packages = new Map<string, Package>();
  for (const one of [status, ...journal].flatMap(parseStatus))
    packages.set(one.multiArchSame ? `${one.name}:${one.architecture}` : one.name, one);
  return [...packages.values()];
}

/** deb-control(5): what else would be a path. */
const isName = /^[A-Za-z0-9][A-Za-z0-9+.-]*$/;

/** Parses stanzas (deb-control(5); the Status field as in dpkg(1), "package states" and "package flags"). */
export function parseStatus(content: string): Package[] {
  return content
    .split(/\n\n+/)
    .filter((stanza) => /^Package:/im.test(stanza))
    .map(parseStanza)
    .filter(({ name, architecture }) => isName.test(name) && isName.test(architecture || 'all'));
}

function parseStanza(stanza: string): Package {
  const [, flag, state = ''] = field(stanza, 'Status').split(/\s+/);
  return {
    name: field(stanza, 'Package'),
    architecture: field(stanza, 'Architecture'),
    version: field(stanza, 'Version'),
    multiArchSame: field(stanza, 'Multi-Arch') === 'same',
    // A package that is to be reinstalled is broken: some of its files may be missing, or of another version.
    unpacked: unpackedStates.has(state) && flag !== 'reinstreq',
    broken: state === 'half-installed' || flag === 'reinstreq',
    removed: state === 'config-files',
    conffiles: conffilesOf(stanza),
  };
}

function field(stanza: string, name: string): string {
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(stanza)?.[1]?.trim() ?? '';
}

/** ` /path md5|newconffile [obsolete] [remove-on-upgrade]`, a line each; the path may hold spaces. */
function conffilesOf(stanza: string): BytePath[] {
  const block = /^Conffiles:[ \t]*((?:\n[ \t][^\n]*)*)/im.exec(stanza)?.[1] ?? '';
  const lines = block.split('\n').map((line) => {
    const end = / (?:[0-9a-f]{32}|newconffile)(?: (?:obsolete|remove-on-upgrade))*$/.exec(line);
    return end === null ? '' : line.slice(0, end.index).trim();
  });
  return lines.filter((path) => path.startsWith('/'));
}
