import type { Stage } from 'command-line';
import type { TarRun } from './tar-run.ts';

/*
 * GNU tar, measured: these flags bring owners, modes, times in nanoseconds, hard links, sparse files, ACLs,
 * xattrs and capabilities through, with names as bytes. The C locale keeps its messages in English and escapes
 * every byte beyond ASCII, so that they can be read back exactly.
 */
const environment = { LC_ALL: 'C', TZ: 'UTC' };
const quoting = '--quoting-style=escape';
const metadata = ['--numeric-owner', '--acls', '--xattrs'];

/** Packs the paths that come in on stdin, NUL-terminated and relative to `/`, into an archive on stdout. */
export function createStage(run: TarRun): Stage {
  const input = ['--null', '--verbatim-files-from', '--no-recursion', '-T', '-'];
  const stable = '--pax-option=delete=atime,delete=ctime';
  return {
    command: 'tar',
    args: ['-c', '-f', '-', '--format=posix', '--sparse', stable, ...metadata, quoting, '-C', '/', ...input],
    env: environment,
    accept: run.reachedEnd,
    onMessage: (line) => run.hear(line),
  };
}

/** Names for tar to take: lists in files, NUL-terminated, each name by itself or with all below it. */
export interface NameLists {
  readonly exact: readonly string[];
  readonly whole: readonly string[];
}

/** Unpacks an archive on stdin into a directory: the whole, or what the lists name. */
export function extractStage(directory: string, names: NameLists | undefined, run: TarRun): Stage {
  const only =
    names === undefined
      ? []
      : [
          ...['--null', '--verbatim-files-from'],
          ...['--no-recursion', ...names.exact.flatMap((file) => ['-T', file])],
          ...['--recursion', ...names.whole.flatMap((file) => ['-T', file])],
        ];
  const restore = ['-p', '--xattrs-include=*', '--delay-directory-restore', '--warning=no-timestamp'];
  return {
    command: 'tar',
    args: ['-x', '-f', '-', ...restore, ...metadata, quoting, '-C', directory, ...only],
    env: environment,
    accept: run.unpacked,
    noise: /Exiting with failure status/,
    onMessage: (line) => run.hear(line),
  };
}

/** Lists the names in an archive on stdin, escaped, a line each; `verbose` adds what a check compares. */
export function listStage(verbose: boolean): Stage {
  const detail = verbose ? ['-v', '--full-time', '--numeric-owner'] : [];
  return { command: 'tar', args: ['-t', '-f', '-', ...detail, quoting], env: environment };
}
