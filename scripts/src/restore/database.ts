import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Call, failure, reason, runPipeline, usageError } from 'command-line';
import { type BytePath, escapePath, toText } from 'path-stream';
import { homeEnvironment } from 'sealed-file';
import { ownCommand } from '../commands.ts';
import { keyOptions } from '../date/archives.ts';
import type { command } from '../restore-options.ts';

/** Loads a dump of a date into a server, or writes it as a file below a directory. */
export async function restoreDatabase(
  { options, report }: Call<(typeof command)['options']>,
  dumps: string,
  wanted: readonly BytePath[],
): Promise<void> {
  const [bytes, more] = wanted;
  if (bytes === undefined)
    throw usageError('--database', 'no database named', 'give its name behind the date');
  if (more !== undefined) throw usageError(escapePath(more), 'one database at a time');
  const name = toText(bytes);
  if (name === undefined) throw usageError(escapePath(bytes), 'not valid UTF-8');
  const { as, into, to, overwrite } = options;
  if (to !== undefined && (as ?? into) !== undefined)
    throw usageError('--to', 'writes a file, and loads nothing', 'give it without --as and --into');
  const how =
    to === undefined
      ? [
          '--restore',
          ...(as === undefined ? [] : ['--as', as]),
          ...(into === undefined ? [] : ['--into', into]),
          ...(overwrite ? ['--overwrite'] : []),
        ]
      : ['--extract', '-o', fileBelow(to, name)];
  const args = [...how, ...keyOptions(options), '-d', dumps, '--', name];
  const [exitCode] = await runPipeline([
    { ...ownCommand('db-collect', args, report), env: homeEnvironment() },
  ]);
  if (exitCode !== 0) report.loss(name, 'not all of it was restored, as named above');
}

/** The file of a dump below a directory, which is made where it is missing, as for files. */
function fileBelow(directory: string, name: string): string {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw failure(directory, reason(error));
  }
  return join(directory, name.replaceAll('/', '_'));
}
