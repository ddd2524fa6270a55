import type { BytePath } from 'path-stream';
import { type Aliases, canonical } from './aliases.ts';

/** What dpkg gives a path when it unpacks it (dpkg-statoverride(1)); an owner without an account here is undefined. */
export interface Override {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** The twelve permission bits. */
  readonly mode: number;
}

/** Parses /var/lib/dpkg/statoverride: owner, group, mode, path. `passwd` and `group` are those of the same tree. */
export function parseOverrides(
  content: string,
  passwd: string,
  group: string,
  aliases: Aliases,
): Map<BytePath, Override> {
  const uids = parseIds(passwd);
  const gids = parseIds(group);
  const overrides = new Map<BytePath, Override>();
  for (const line of content.split('\n')) {
    const [, owner, ownerGroup, mode, path] = /^(\S+) (\S+) ([0-7]+) (\/.*)$/s.exec(line) ?? [];
    if (!owner || !ownerGroup || !mode || !path) continue;
    const override = {
      uid: idOf(owner, uids),
      gid: idOf(ownerGroup, gids),
      mode: Number.parseInt(mode, 8),
    };
    overrides.set(canonical(path, aliases), override);
  }
  return overrides;
}

/** Names to numbers, of passwd(5) or group(5). */
function parseIds(accounts: string): Map<string, number> {
  const rows = accounts.split('\n').map((line) => line.split(':'));
  return new Map(rows.map(([name = '', , id]) => [name, Number(id)]));
}

/** A number is written as `#33`. */
function idOf(name: string, ids: ReadonlyMap<string, number>): number | undefined {
  return name.startsWith('#') ? Number(name.slice(1)) : ids.get(name);
}
