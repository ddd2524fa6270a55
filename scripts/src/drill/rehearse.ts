import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CommandError, interruption, type Report, runPipeline } from 'command-line';
import { ownCommand } from '../commands.ts';
import { archiveDirectories, type Keys, keyOptions } from '../date/archives.ts';
import type { Manifest } from '../date/manifest.ts';
import { nameTooMany } from './names.ts';

/**
 * Restores all of a date into an empty directory, as hcoop-restore does, and compares that with the date's index: every path, and
 * nothing else. Whatever is not as it should be is a loss. Returns how many seconds the restore took.
 */
export async function rehearseRestore(
  directory: string,
  components: Manifest['components'],
  keys: Keys,
  scratch: string,
  report: Report,
): Promise<number> {
  let milliseconds = 0;
  for (const archives of archiveDirectories(directory, components)) {
    const place = join(scratch, basename(archives));
    const tree = join(place, 'tree');
    mkdirSync(tree, { recursive: true, mode: 0o700 });
    const from = [...keyOptions(keys), '-d', archives];
    const run = async (...args: string[]): Promise<void> => {
      const [exitCode] = await runPipeline([ownCommand('encrypt-tar', [...args, ...from], report)]);
      if (exitCode !== 0) report.loss(archives, 'not restored as it was, as named above');
    };
    try {
      const started = performance.now();
      await run('--extract', '--to', tree);
      milliseconds += performance.now() - started;
      await run('-0', '--compare', tree);
      await nameTooMany(tree, from, place, report);
    } catch (error) {
      // One component that cannot be restored does not keep the others from being.
      if (!(error instanceof CommandError) || interruption.aborted) throw error;
      report.loss(error.what, error.why, error.hint);
    }
  }
  return Math.ceil(milliseconds / 1000);
}
