import { lstatSync } from 'node:fs';
import type { BytePath } from 'path-stream';
import { namesIn, readIfThere } from './read.ts';
import type { Root } from './root.ts';

/**
 * What Debian's other tools have on record as configuration: a conffile in all but name. Files of ucf(1), and the links of
 * update-alternatives(1) that are still its own.
 */
export function registeredPaths(root: Root): BytePath[] {
  const links = alternatives(root).filter((path) => {
    const directory = root.tryResolve(path.slice(0, path.lastIndexOf('/') + 1));
    const link = `${directory}${path.slice(path.lastIndexOf('/'))}`;
    return directory !== undefined && root.readLink(link)?.startsWith('/etc/alternatives/');
  });
  return [...parseUcf(readIfThere(root, '/var/lib/ucf/registry') ?? ''), ...links];
}

/** `package path`, a line each. */
export function parseUcf(registry: string): BytePath[] {
  const paths = registry.split('\n').map((line) => line.slice(line.indexOf(' ')).trim());
  return paths.filter((path) => path.startsWith('/'));
}

/**
 * The links of one file of /var/lib/dpkg/alternatives: the mode, the main link, then name and link of each that goes with it,
 * up to an empty line; after that come what they may lead to.
 */
export function parseAlternative(content: string): BytePath[] {
  const [, main = '', ...rest] = content.split('\n');
  const links = rest.slice(0, rest.indexOf('')).filter((_, index) => index % 2 === 1);
  return [main, ...links].filter((path) => path.startsWith('/'));
}

function alternatives(root: Root): BytePath[] {
  const directory = root.resolve('/var/lib/dpkg/alternatives');
  const files = namesIn(root, directory).map((name) => `${directory}/${name}`);
  return files
    .filter((file) => lstatSync(root.fs(file), { throwIfNoEntry: false })?.isFile())
    .flatMap((file) => parseAlternative(readIfThere(root, file) ?? ''));
}
