import type { BytePath } from 'path-stream';

/** dpkg-divert(1): `from` is kept for `by`; every other package's file of that name lies at `to`. */
export interface Diversion {
  readonly to: BytePath;
  /** The package that diverts; `:` for a local diversion. */
  readonly by: string;
}

/** Parses /var/lib/dpkg/diversions: three lines each. */
export function parseDiversions(content: string): Map<BytePath, Diversion> {
  const lines = content.split('\n');
  const diversions = new Map<BytePath, Diversion>();
  for (let i = 0; i + 2 < lines.length; i += 3) {
    const [from, to, by] = lines.slice(i, i + 3);
    if (from && to && by) diversions.set(from, { to, by });
  }
  return diversions;
}

/** Where a package's file of this name really is. */
export function diverted(
  path: BytePath,
  packageName: string,
  diversions: ReadonlyMap<BytePath, Diversion>,
): BytePath {
  const diversion = diversions.get(path);
  return diversion === undefined || diversion.by === packageName ? path : diversion.to;
}
