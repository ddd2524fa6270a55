import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildFailure, captureOutput, errorCode, hasProgram, type Report, reason } from 'command-line';
import { aptOptions } from './apt-options.ts';
import { isKept, parseUris } from './local-sources.ts';
import { type Policy, parsePolicy } from './policy.ts';
import type { Root } from './root.ts';
import type { Package } from './status.ts';

/**
 * The packages, by apt's names, that the apt sources which are configured in a root offer as they are installed, and what else
 * is offered of the others. Undefined where apt cannot tell; why is said.
 */
async function askApt(root: Root, packages: readonly Package[], report: Report): Promise<Policy | undefined> {
  const native = nativeArchitecture(packages);
  const installed = new Map(
    packages.filter((one) => one.unpacked).map((one) => [aptName(one, native), one.version]),
  );
  if (installed.size === 0) return new Map();
  if (!hasProgram('apt-cache')) {
    report.note('apt-cache', 'no such program, so no package counts as one that can be fetched again');
    return undefined;
  }
  try {
    return await offersOf(installed, root, packages, native);
  } catch (error) {
    if (!(error instanceof ChildFailure) && errorCode(error) === undefined) throw error;
    report.note('apt', `${reason(error)}: no package counts as one that can be fetched again`);
    return undefined;
  }
}

/** The same, begun now for an answer that is awaited later, unless something else fails before. */
export function askAhead(...about: Parameters<typeof askApt>): Promise<Policy | undefined> {
  const policy = askApt(...about);
  policy.catch(() => {});
  return policy;
}

async function offersOf(
  installed: ReadonlyMap<string, string>,
  root: Root,
  packages: readonly Package[],
  native: string,
): Promise<Policy> {
  const workshop = mkdtempSync(join(tmpdir(), 'dpkg-orphans-'));
  try {
    const options = aptOptions(root, packages, native, workshop);
    const args = [...options, 'policy', '--', ...installed.keys()];
    const output = (await captureOutput({ command: 'apt-cache', args })).toString('latin1');
    const policy = parsePolicy(output, (name) => installed.get(name));
    return await withoutLost(policy, installed, options, root);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** What only this machine has is offered as long as the archive file is there, in a place where it stays. */
async function withoutLost(
  policy: Policy,
  installed: ReadonlyMap<string, string>,
  options: readonly string[],
  root: Root,
): Promise<Policy> {
  const local = [...policy].filter(([, offer]) => offer.installed === 'here').map(([name]) => name);
  if (local.length === 0) return policy;
  const wanted = local.map((name) => `${name}=${installed.get(name)}`);
  const args = [...options, '-qq', 'download', '--print-uris', '--', ...wanted];
  const uris = parseUris((await captureOutput({ command: 'apt-get', args })).toString('latin1'));
  const kept = new Set(uris.filter(({ path }) => isKept(path, root)).map(({ name }) => name));
  return new Map(
    [...policy].map(([name, offer]) => {
      const isLost = offer.installed === 'here' && !kept.has(name.replace(/:.*/, ''));
      return [name, isLost ? { ...offer, installed: 'nowhere' } : offer];
    }),
  );
}

/** How apt calls a package: with the architecture where that is a foreign one. */
export function aptName({ name, architecture }: Package, native: string): string {
  return architecture === 'all' || architecture === native ? name : `${name}:${architecture}`;
}

/** What `dpkg --print-architecture` says in the root. */
export function nativeArchitecture(packages: readonly Package[]): string {
  return packages.find(({ name }) => name === 'dpkg')?.architecture ?? 'all';
}
