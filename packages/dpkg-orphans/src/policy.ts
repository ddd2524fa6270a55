/** What apt's sources offer of a package. */
export interface Offer {
  /** The version that is installed, in some source. */
  readonly installed: boolean;
  /** Another one. */
  readonly other: boolean;
}

/** By apt's name of the package. */
export type Policy = ReadonlyMap<string, Offer>;

/**
 * Parses `apt-cache policy NAME…`: a paragraph a package, in it a table of versions, the installed one marked with `***`, each
 * followed by where it comes from: a priority and an index, or dpkg's own status file, which is no source.
 */
export function parsePolicy(output: string): Policy {
  const policy = new Map<string, { installed: boolean; other: boolean }>();
  let offer = { installed: false, other: false };
  let ofInstalled = false;
  for (const line of output.split('\n')) {
    const name = /^(\S+):$/.exec(line)?.[1];
    const version = /^ (\*\*\*| {3}) \S/.exec(line)?.[1];
    if (name !== undefined) {
      offer = { installed: false, other: false };
      policy.set(name, offer);
    } else if (version !== undefined) ofInstalled = version === '***';
    else if (/^ +-?\d+ .* Packages$/.test(line)) {
      if (ofInstalled) offer.installed = true;
      else offer.other = true;
    }
  }
  return policy;
}
