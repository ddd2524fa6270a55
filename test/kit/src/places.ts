import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const top = join(import.meta.dirname, '../../..');

/** The built file of a command or a script. */
export function builtCommand(name: string): string {
  return name.startsWith('hcoop-')
    ? join(top, 'scripts/dist', name)
    : join(top, 'packages', name, 'dist', name);
}

/** A new directory, removed when the test that asked for it ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hcoop-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * Mounts a new ext4 file system, made with these options of mkfs.ext4, at a directory, until the test ends. False where
 * this machine has no loop devices to give.
 */
export function mountLoop(image: string, directory: string, ...options: string[]): boolean {
  execFileSync('truncate', ['-s', '20M', image]);
  execFileSync('mkfs.ext4', ['-q', ...options, image]);
  if (spawnSync('mount', ['-o', 'loop', image, directory]).status !== 0) return false;
  onTestFinished(() => void spawnSync('umount', [directory]));
  return true;
}
