import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type BytePath, toFs, toText } from 'path-stream';
import { namesIn } from './read.ts';
import type { Root } from './root.ts';
import type { Package } from './status.ts';

/**
 * Options that have apt work on another root: on its sources, lists and status, with every link followed inside of it, and
 * without a cache file, for nothing in there is to be written. `workshop` is an empty directory. None for `/`.
 */
export function aptOptions(
  root: Root,
  packages: readonly Package[],
  native: string,
  workshop: string,
): string[] {
  if (root.prefix === '') return [];
  const place = (path: string): string => toText(root.outside(root.resolve(path))) ?? '/nonexistent';
  const settings = [
    `Dir::State::status=${place('/var/lib/dpkg/status')}`,
    `Dir::State::lists=${resolved(root, '/var/lib/apt/lists', join(workshop, 'lists'))}`,
    `Dir::Etc::sourcelist=${place('/etc/apt/sources.list')}`,
    `Dir::Etc::sourceparts=${resolved(root, '/etc/apt/sources.list.d', join(workshop, 'sources'))}`,
    'Dir::Etc::preferences=/nonexistent',
    'Dir::Etc::preferencesparts=-',
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    `APT::Architecture=${native}`,
    ...architectures(packages, native).map((one) => `APT::Architectures::=${one}`),
  ];
  return settings.flatMap((setting) => ['-o', setting]);
}

function architectures(packages: readonly Package[], native: string): string[] {
  const all = new Set([native, ...packages.map(({ architecture }) => architecture)]);
  all.delete('all');
  return [...all];
}

/** A directory with a link to each file of one in the root: apt itself would follow links from there out of the root. */
function resolved(root: Root, directory: BytePath, copy: string): string {
  mkdirSync(copy);
  const real = root.resolve(directory);
  for (const name of namesIn(root, real).filter((one) => /^[!-~]+$/.test(one))) {
    const target = root.tryResolve(`${real}/${name}`);
    if (target !== undefined) symlinkSync(toFs(root.outside(target)), join(copy, name));
  }
  return copy;
}
