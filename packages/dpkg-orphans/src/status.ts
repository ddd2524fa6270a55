import type { BytePath } from 'path-stream';

/** A package of dpkg's status file. */
export interface Package {
  /** The name that its files in `info/` begin with: with the architecture where it is `Multi-Arch: same`. */
  readonly fileStem: string;
  readonly name: string;
  /** Whether dpkg vouches for its files: they were unpacked and not removed. */
  readonly unpacked: boolean;
  readonly conffiles: readonly BytePath[];
}

const unpackedStates = new Set([
  'installed',
  'unpacked',
  'half-configured',
  'triggers-awaited',
  'triggers-pending',
]);

/** Parses /var/lib/dpkg/status (deb-control(5); the Status field as in dpkg(1), "package states"). */
export function parseStatus(content: string): Package[] {
  return content
    .split(/\n\n+/)
    .filter((stanza) => stanza.includes('Package:'))
    .map(parseStanza);
}

function parseStanza(stanza: string): Package {
  const name = field(stanza, 'Package');
  const same = field(stanza, 'Multi-Arch') === 'same';
  const state = field(stanza, 'Status').split(' ').at(-1) ?? '';
  return {
    name,
    fileStem: same ? `${name}:${field(stanza, 'Architecture')}` : name,
    unpacked: unpackedStates.has(state),
    conffiles: conffilesOf(stanza),
  };
}

function field(stanza: string, name: string): string {
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(stanza)?.[1]?.trim() ?? '';
}

/** ` /path md5|newconffile [obsolete] [remove-on-upgrade]`, a line each; the path may hold spaces. */
function conffilesOf(stanza: string): BytePath[] {
  const block = /^Conffiles:[ \t]*((?:\n[ \t].*)*)/im.exec(stanza)?.[1] ?? '';
  return block
    .split('\n')
    .map((line) => /^[ \t]+(\/.*?) +(?:[0-9a-f]{32}|newconffile)(?: |$)/.exec(line)?.[1])
    .filter((path) => path !== undefined);
}
