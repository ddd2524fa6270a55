import { mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CommandError, interruption, type Report, runPipeline } from 'command-line';
import { ownCommand } from '../commands.ts';
import { archiveDirectories, dumpDirectories, type Keys, keyOptions } from '../date/archives.ts';
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
  const orLoss = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      // One component that cannot be restored does not keep the others from being.
      if (!(error instanceof CommandError) || interruption.aborted) throw error;
      report.loss(error.what, error.why, error.hint);
    }
  };
  const timed = async (work: () => Promise<void>): Promise<void> => {
    const started = performance.now();
    await work();
    milliseconds += performance.now() - started;
  };
  for (const archives of archiveDirectories(directory, components)) {
    const place = join(scratch, basename(archives));
    const tree = join(place, 'tree');
    mkdirSync(tree, { recursive: true, mode: 0o700 });
    const from = [...keyOptions(keys), '-d', archives];
    const run = async (...args: string[]): Promise<void> => {
      const [exitCode] = await runPipeline([ownCommand('encrypt-tar', [...args, ...from], report)]);
      if (exitCode !== 0) report.loss(archives, 'not restored as it was, as named above');
    };
    await orLoss(async () => {
      await timed(() => run('--extract', '--to', tree));
      await run('-0', '--compare', tree);
      await nameTooMany(tree, from, place, report);
    });
  }
  for (const { name, command, place } of dumpDirectories(directory, components)) {
    const args = [...keyOptions(keys), '-d', place, ...rehearsals[name](scratch)];
    await orLoss(() => timed(() => rehearseDumps(command, args, place, report)));
  }
  return Math.ceil(milliseconds / 1000);
}

/**
 * Of volumes, all files: what the dumps say of themselves is all that there is to compare them with. Databases are loaded into servers
 * that are started for that, and their rows are counted; beside the rest, for the servers have users of their own.
 */
const rehearsals = {
  volumes: (scratch: string) => ['--extract', '--to', join(scratch, 'volumes')],
  databases: (scratch: string) => ['--rehearse', '--scratch', dirname(scratch)],
};

async function rehearseDumps(
  command: string,
  args: readonly string[],
  dumps: string,
  report: Report,
): Promise<void> {
  const [exitCode] = await runPipeline([ownCommand(command, args, report)]);
  if (exitCode !== 0) report.loss(dumps, 'not restored as it was, as named above');
}
