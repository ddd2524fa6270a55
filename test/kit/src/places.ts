import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const top = join(import.meta.dirname, '../../..');

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
