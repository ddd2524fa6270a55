import { failure, type Report } from 'command-line';
import { escapePath } from 'path-stream';
import { type Aliases, readAliases } from './aliases.ts';
import { Places, parseDiversions } from './diversions.ts';
import { FileLists, type Installed } from './file-lists.ts';
import { followPackageLinks } from './links.ts';
import type { OwnedNode } from './owned.ts';
import { namesIn, readIfThere } from './read.ts';
import { registeredPaths } from './registered.ts';
import type { Root } from './root.ts';
import { type Override, parseOverrides } from './statoverrides.ts';
import { type Package, readPackages } from './status.ts';

const admin = '/var/lib/dpkg';

/** All that packages own, under the names that the file system has: /usr merge, diversions and packages' links applied. */
export interface Database {
  readonly tree: OwnedNode;
  readonly installed: readonly Installed[];
  readonly overrides: ReadonlyMap<OwnedNode, Override>;
}

/** The packages of a root, in whatever state. */
export function listPackages(root: Root, report: Report): Package[] {
  const status = readIfThere(root, `${admin}/status`);
  if (status === undefined)
    throw failure(escapePath(root.outside(`${admin}/status`)), 'not there', 'this works on Debian only');
  const packages = readPackages(status, readJournal(root));
  if (packages.length === 0) report.note(escapePath(root.outside(`${admin}/status`)), 'no package in it');
  const broken = packages.filter((one) => one.broken).map(({ name }) => name);
  if (broken.length > 0)
    report.note('not wholly installed', `${broken.join(', ')}: their files count as orphans`);
  return packages;
}

/**
 * Reads dpkg's database of a root. Files of packages that are removed, or never got as far as being unpacked, are not owned;
 * their conffiles are marked.
 */
export function readDatabase(root: Root, packages: readonly Package[], report: Report): Database {
  const aliases = readAliases(root);
  const places = new Places(parseDiversions(readIfThere(root, `${admin}/diversions`) ?? ''), aliases);
  const lists = new FileLists(root, aliases, places, report);
  const installed = packages.filter((one) => one.unpacked).map((one) => lists.addInstalled(one));
  for (const one of packages) lists.addConffiles(one);
  lists.addRegistered(registeredPaths(root));
  const { tree } = lists;
  followPackageLinks(tree, root);
  return { tree, installed, overrides: readOverrides(root, aliases, tree) };
}

/** What dpkg has not yet written into the status file. Names of other than digits are its work in progress. */
function readJournal(root: Root): string[] {
  const directory = root.resolve(`${admin}/updates`);
  const names = namesIn(root, directory).filter((name) => /^\d+$/.test(name));
  return names.sort().map((name) => readIfThere(root, `${directory}/${name}`) ?? '');
}

function readOverrides(root: Root, aliases: Aliases, tree: OwnedNode): Map<OwnedNode, Override> {
  const content = readIfThere(root, `${admin}/statoverride`) ?? '';
  const accounts = [readIfThere(root, '/etc/passwd') ?? '', readIfThere(root, '/etc/group') ?? ''] as const;
  const overrides = new Map<OwnedNode, Override>();
  for (const [path, override] of parseOverrides(content, ...accounts, aliases)) {
    const node = tree.find(path);
    if (node?.owned) overrides.set(node, override);
  }
  return overrides;
}
