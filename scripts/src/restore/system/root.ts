import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { captureOutput, reason, usageError } from 'command-line';
import { architectureOf, type Package, parsePackages, releaseOf } from './records.ts';

const needed = ['var/lib/dpkg/status', 'etc/debian_version', 'usr/bin/dpkg', 'usr/bin/apt-get'];

/**
 * The root that was asked for, without links in its name. One that is no Debian root is refused, and so is the running
 * machine, unless its `/` is what was typed.
 */
export function openRoot(typed: string): string {
  let root: string;
  try {
    root = realpathSync(typed);
  } catch (error) {
    throw usageError(typed, reason(error));
  }
  const missing = needed.find((name) => !existsSync(join(root, name)));
  if (missing !== undefined)
    throw usageError(typed, `not a Debian root: no ${missing} in it`, 'make one with debootstrap');
  if (typed !== '/' && isRunningRoot(root))
    throw usageError(typed, 'it is the root of the running system', 'type --system / if you mean that');
  if (process.geteuid?.() !== 0) throw usageError('--system', 'only root can restore a system');
  return root;
}

/** By what it is, not by its name: /proc/self/root and a bind mount are the same directory. */
function isRunningRoot(root: string): boolean {
  const [own, other] = ['/', root].map((path) => statSync(path, { bigint: true }));
  return own?.dev === other?.dev && own?.ino === other?.ino;
}

/** Refuses a root of another release or architecture than the backup's: its packages would not go there. */
export async function requireSameSystem(root: string, backup: readonly Package[]): Promise<void> {
  const format = readFormat;
  const args = ['--admindir', join(root, 'var/lib/dpkg'), '-W', '-f', format];
  const there = parsePackages((await captureOutput({ command: 'dpkg-query', args })).toString('latin1'));
  const same = (what: string, wanted: string | undefined, found: string | undefined, hint: string): void => {
    if (wanted === undefined || wanted !== found)
      throw usageError(
        root,
        `${what} ${found ?? 'unknown'}, but the backup is of ${wanted ?? 'an unknown one'}`,
        hint,
      );
  };
  const hint = 'debootstrap the release of the backup, restore, and upgrade after that';
  same('debian release', releaseOf(backup), releaseOf(there), hint);
  same('architecture', architectureOf(backup), architectureOf(there), 'debootstrap with --arch');
}

/** The columns of packages.tsv, for dpkg-query(1). */
// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills these in
export const readFormat = '${binary:Package}\\t${Version}\\t${Architecture}\\t${db:Status-Abbrev}\\n';

/** A file's bytes as text, or nothing where there is none. */
export function readBytes(path: string): string {
  return existsSync(path) ? readFileSync(path, 'latin1') : '';
}
