import type { BytePath } from 'path-stream';
import type { Root } from './root.ts';

/**
 * Top-level names that the /usr merge made symbolic links (Debian policy 9.1.1; dpkg's lists still have the old
 * names), and the two that /run brought. An administrator's own links are not among them: what lies behind those
 * is not a package's any more.
 */
const candidates = [
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/libo32',
  '/var/run',
  '/var/lock',
];
const targets = /^\/(?:usr\/(?:s?bin|lib(?:32|64|x32|o32)?)|run|run\/lock)$/;

/** Old name to new name, for those that are such links on this system. */
export type Aliases = ReadonlyMap<BytePath, BytePath>;

export function readAliases(root: Root): Aliases {
  const aliases = new Map<BytePath, BytePath>();
  for (const path of candidates) {
    if (root.readLink(path) === undefined) continue;
    const target = root.tryResolve(path);
    if (target !== undefined && targets.test(target)) aliases.set(path, target);
  }
  return aliases;
}

/** The name under which the file system has a path of dpkg's lists. */
export function canonical(path: BytePath, aliases: Aliases): BytePath {
  for (const [from, to] of aliases) if (path.startsWith(`${from}/`)) return to + path.slice(from.length);
  return path;
}
