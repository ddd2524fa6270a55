import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { failure, type Report, runForeground, type Stage } from 'command-line';
import { escapePath, toText } from 'path-stream';

const here = dirname(realpathSync(process.argv[1] ?? '.'));

/**
 * One of this project's commands as a stage: the one built beside this script (in a checkout, or in one directory),
 * else the installed one. Its messages go on to stderr as they are; exit code 1 is its own report of losses.
 */
export function ownCommand(name: string, args: readonly string[], report: Report): Stage {
  return {
    name,
    command: process.execPath,
    args: [ownFile(name), ...report.options, ...args],
    accept: (exitCode) => exitCode <= 1,
    noise: /^/, // its messages have gone out already
    onMessage: (line) => report.pass(name, toText(line) ?? escapePath(line)),
  };
}

/** Runs one of them in this script's place, on its terminal, and returns its exit code. */
export async function runOwn(name: string, args: readonly string[], report: Report): Promise<number> {
  const own = { command: process.execPath, args: [ownFile(name), ...report.options, ...args] };
  const { exitCode, signal } = await runForeground(own);
  if (exitCode === null) throw failure(name, `ended by ${signal}`);
  return exitCode;
}

/** Where one of this project's commands or scripts is. */
export function ownFile(name: string): string {
  const candidates = [
    join(here, name),
    join(here, '../../packages', name, 'dist', name),
    join('/usr/bin', name),
  ];
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) throw failure(name, 'not found beside this script nor in /usr/bin');
  return file;
}

/** A directory of the files that come with the scripts: of /etc/hcoop-backup, or of the checkout. */
export function shippedDirectory(name: string): string | undefined {
  return [join('/etc/hcoop-backup', name), join(here, '../etc', name)].find((dir) => existsSync(dir));
}
