import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { cache, mirrors } from './debian.ts';
import { run } from './run.ts';

export type DebianRelease = 'bookworm' | 'trixie';

/** Each stands on the one before it: build-root.sh says what is in it. */
export type DebianStage = (typeof stages)[number];

const stages = ['minbase', 'services', 'server'] as const;

/**
 * A Debian root as debootstrap and apt leave it, writable, until the test ends: the files have the ctimes and inodes that
 * dpkg gave them. Nothing is mounted in it. It is built at first use, which takes minutes: see buildDebianRoot.
 */
export function debianRoot(release: DebianRelease, stage: DebianStage): string {
  if (!isBuilt(release, stage)) {
    const [program = '', ...args] = builder(release, stage);
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return writableView(layers(release, stage));
}

/** Builds a root before the tests that use it, in a `beforeAll` with a time limit: tests have a shorter one. */
export async function buildDebianRoot(release: DebianRelease, stage: DebianStage): Promise<void> {
  if (isBuilt(release, stage)) return;
  const { code, stderr } = await run(builder(release, stage));
  if (code !== 0) throw new Error(`the root of ${release}, ${stage}: ${stderr}`);
}

/**
 * Builds one root at a time, for all share what was downloaded. What a build mounts and starts (a database server for
 * its first tables, say) is gone with the namespaces.
 */
function builder(release: DebianRelease, stage: DebianStage): readonly string[] {
  mkdirSync(cache, { recursive: true });
  const isolated = ['unshare', '--mount', '--pid', '--ipc', '--fork', '--kill-child'];
  const script = join(import.meta.dirname, 'build-root.sh');
  const [mirror = ''] = mirrors();
  return ['flock', join(cache, 'roots.lock'), ...isolated, 'bash', script, cache, release, stage, mirror];
}

function isBuilt(release: DebianRelease, stage: DebianStage): boolean {
  return layers(release, stage).every((layer) => existsSync(layer));
}

/** The directories that make up a root, the uppermost first. */
function layers(release: DebianRelease, stage: DebianStage): readonly string[] {
  const below = stages.slice(0, stages.indexOf(stage) + 1);
  return below.map((name) => join(cache, `root_${release}_${name}`)).reverse();
}

/** Next to the layers, for one file system gives all files of the view one device number. */
function writableView(below: readonly string[]): string {
  const directory = mkdtempSync(join(cache, 'view-'));
  const at = (name: string): string => join(directory, name);
  for (const name of ['root', 'upper', 'work']) mkdirSync(at(name));
  const places = `lowerdir=${below.join(':')},upperdir=${at('upper')},workdir=${at('work')}`;
  onTestFinished(() => void execFileSync('rm', ['-rf', '--one-file-system', directory]));
  // index=on: a packaged hard link stays one when it is written to. volatile: nobody needs the view after a crash.
  execFileSync('mount', ['-t', 'overlay', '-o', `${places},index=on,volatile`, 'overlay', at('root')]);
  onTestFinished(() => void execFileSync('umount', ['-R', at('root')]));
  return at('root');
}
