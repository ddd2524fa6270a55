import { existsSync, realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Report, Stage } from 'command-line';
import { storeFile } from 'sealed-file';
import { ownCommand, shippedDirectory } from '../commands.ts';
import type { Settings } from '../settings/schema.ts';
import { listFiles } from './list-files.ts';

/** The rule files that hold: the configured ones, or those that came with the program; and this program's own. */
export async function ruleFiles(settings: Settings): Promise<{ exclude: string[]; expected: string[] }> {
  const own = join(listFiles(settings).directory, 'own.rules');
  await mkdir(dirname(own), { recursive: true, mode: 0o700 });
  // Whole or not at all: a run may be reading it while somebody asks for an explanation.
  await storeFile(own, async (handle) => void (await handle.writeFile(ownRules(settings))));
  return {
    exclude: [...configured(settings.files.exclude, 'exclude.d'), own],
    expected: configured(settings.files.expected, 'expected.d'),
  };
}

function configured(files: readonly string[] | undefined, shipped: string): string[] {
  if (files !== undefined) return [...files];
  const directory = shippedDirectory(shipped);
  return directory === undefined ? [] : [directory];
}

/** A backup does not hold the backups of before, nor the lists it is made from: not by their real names either. */
function ownRules({ staging, state, system }: Settings): string {
  const paths = [staging, state].flatMap((path) => [path, existsSync(path) ? realpathSync(path) : path]);
  const rules = paths.map((path) => `${path.replace(/[\\*?[ ]/g, '\\$&').replace(/\/+$/, '')}/\n`);
  // dpkg's database is left out for being in the system component.
  const unlessThere = system.enabled ? '' : '!/var/lib/dpkg/\n';
  return `# made anew by each run\n${unlessThere}${rules.join('')}`;
}

/** path-filter with some rule files; `more` are its options and operands for this use. */
export function filterStage(rules: readonly string[], report: Report, more: readonly string[] = []): Stage {
  return ownCommand('path-filter', ['-0', ...more, ...rules.flatMap((rule) => ['--exclude', rule])], report);
}
