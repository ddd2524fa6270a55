/** The versions of each package that some source offers, by apt's name of the package. */
export type Policy = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Parses `apt-cache policy NAME…`: a paragraph a package, in it a table of versions, each followed by where it comes from: a
 * priority and an index, or dpkg's own status file, which is no source.
 */
export function parsePolicy(output: string): Policy {
  const policy = new Map<string, Set<string>>();
  let offered = new Set<string>();
  let version = '';
  for (const line of output.split('\n')) {
    const name = /^(\S+):$/.exec(line)?.[1];
    if (name !== undefined) {
      offered = new Set();
      policy.set(name, offered);
    } else if (/^ +-?\d+ .* Packages$/.test(line)) offered.add(version);
    else version = /^ (?:\*\*\*| {3}) (\S+)/.exec(line)?.[1] ?? version;
  }
  return policy;
}
