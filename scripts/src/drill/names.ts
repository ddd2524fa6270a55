import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Report, runPipeline, type Stage } from 'command-line';
import { escapePath, readPaths } from 'path-stream';
import { ownCommand } from '../commands.ts';

const bytes = { LC_ALL: 'C' };

/** Names what a restored tree has and the directory of archives does not: that is a loss as well. Directories count where nothing is in them. */
export async function nameTooMany(
  tree: string,
  archives: readonly string[],
  scratch: string,
  report: Report,
): Promise<void> {
  const sort: Stage = { command: 'sort', args: ['-z', '-T', scratch], env: bytes };
  const list = join(scratch, 'names');
  const handle = openSync(list, 'wx', 0o600);
  try {
    const withoutSlash = { command: 'sed', args: ['-z', String.raw`s:\(.\)/$:\1:`], env: bytes };
    const live = ownCommand('encrypt-tar', ['-0', '--list', ...archives], report);
    await runPipeline([live, withoutSlash, sort], { output: handle });
  } finally {
    closeSync(handle);
  }
  const leaves = ['(', '!', '-type', 'd', '-o', '-empty', ')'];
  const find = { command: 'find', args: [tree, '-mindepth', '1', ...leaves, '-printf', String.raw`/%P\0`] };
  const onlyThere = { command: 'comm', args: ['-z', '-13', list, '-'], env: bytes };
  await runPipeline([find, sort, onlyThere], {
    output: async (stdout) => {
      for await (const batch of readPaths(stdout, '\0'))
        for (const path of batch) report.loss(escapePath(path), 'restored, and not in the date');
    },
  });
}
