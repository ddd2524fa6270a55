import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildFailure, captureOutput, hasProgram, type Report } from 'command-line';
import { toFs, toText } from 'path-stream';
import { type Policy, parsePolicy } from './policy.ts';
import { namesIn } from './read.ts';
import type { Root } from './root.ts';
import type { Package } from './status.ts';

/**
 * What the apt sources that are configured in a root offer of the packages (apt-cache(8), "policy"). Undefined where apt
 * cannot tell; why is said.
 */
export async function askApt(
  root: Root,
  packages: readonly Package[],
  report: Report,
): Promise<Policy | undefined> {
  const installed = packages.filter((one) => one.unpacked);
  if (installed.length === 0) return new Map();
  if (!hasProgram('apt-cache')) {
    report.note('apt-cache', 'no such program, so no package counts as one that can be fetched again');
    return undefined;
  }
  const native = nativeArchitecture(packages);
  const names = installed.map((one) => aptName(one, native));
  const lists = root.prefix === '' ? undefined : resolvedLists(root);
  try {
    const options = lists === undefined ? [] : aptOptions(root, packages, native, lists);
    const args = [...options, 'policy', '--', ...names];
    return parsePolicy((await captureOutput({ command: 'apt-cache', args })).toString('latin1'));
  } catch (error) {
    if (!(error instanceof ChildFailure)) throw error;
    report.note(error.what, `${error.why}: no package counts as one that can be fetched again`);
    return undefined;
  } finally {
    if (lists !== undefined) rmSync(lists, { recursive: true, force: true });
  }
}

/** A directory with a link to each of another root's lists: apt itself would follow links from there out of that root. */
function resolvedLists(root: Root): string {
  const place = mkdtempSync(join(tmpdir(), 'dpkg-orphans-'));
  const lists = root.resolve('/var/lib/apt/lists');
  for (const name of namesIn(root, lists).filter((one) => /^[!-~]+$/.test(one)))
    symlinkSync(toFs(root.outside(root.resolve(`${lists}/${name}`))), join(place, name));
  return place;
}

/** How apt calls a package: with the architecture where that is a foreign one. */
export function aptName({ name, architecture }: Package, native: string): string {
  return architecture === 'all' || architecture === native ? name : `${name}:${architecture}`;
}

/** What `dpkg --print-architecture` says in the root. */
export function nativeArchitecture(packages: readonly Package[]): string {
  return packages.find(({ name }) => name === 'dpkg')?.architecture ?? 'all';
}

/** For another root: its sources, lists and status, and no cache file, for nothing in there is to be written. */
function aptOptions(root: Root, packages: readonly Package[], native: string, lists: string): string[] {
  const place = (path: string): string => toText(root.outside(root.resolve(path))) ?? '/nonexistent';
  const architectures = new Set([native, ...packages.map((one) => one.architecture)]);
  architectures.delete('all');
  const settings = [
    `Dir::State::status=${place('/var/lib/dpkg/status')}`,
    `Dir::State::lists=${lists}`,
    `Dir::Etc::sourcelist=${place('/etc/apt/sources.list')}`,
    `Dir::Etc::sourceparts=${place('/etc/apt/sources.list.d')}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    `APT::Architecture=${native}`,
    ...[...architectures].map((one) => `APT::Architectures::=${one}`),
  ];
  return settings.flatMap((setting) => ['-o', setting]);
}
