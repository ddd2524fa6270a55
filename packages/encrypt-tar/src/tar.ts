import type { Detour, Stage } from 'command-line';
import type { TarRun } from './tar-run.ts';

/*
 * GNU tar, measured: these flags bring owners, modes, times in nanoseconds, hard links, sparse files, ACLs,
 * xattrs and capabilities through, with names as bytes. The C locale keeps its messages in English and escapes
 * every byte beyond ASCII, so that they can be read back exactly.
 */
const environment = { LC_ALL: 'C', TZ: 'UTC' };
const quoting = '--quoting-style=escape';
/** ACLs are among the attributes, as numbers: with --acls tar would write them by name, for whoever has that name elsewhere. */
const metadata = ['--xattrs'];

/**
 * Packs the paths that come in on stdin, NUL-terminated and relative to `/`, into an archive on stdout. Owners go in by name
 * as well as by number. Records are of tar's own length: after longer ones a tar that reads leaves zeros, and whoever
 * writes to it is ended by SIGPIPE now and then.
 */
export function createStage(run: TarRun, detour?: Detour): Stage {
  const input = ['--null', '--verbatim-files-from', '--no-recursion', '-T', '-'];
  const form = ['--format=posix', '--sparse', '--pax-option=delete=atime'];
  return {
    command: 'tar',
    args: ['-c', '-f', '-', ...form, ...metadata, quoting, '-C', '/', ...input],
    env: environment,
    accept: run.reachedEnd,
    onMessage: (line) => run.hear(line),
    ...(detour && { detour }),
  };
}

/** Unpacks an archive on stdin into a directory. Owners are those of the archive's numbers, or of its names where this host has them. */
export function extractStage(directory: string, byName: boolean, run: TarRun): Stage {
  const owners = byName ? [] : ['--numeric-owner'];
  const restore = ['-p', '--xattrs-include=*', '--delay-directory-restore', '--warning=no-timestamp'];
  return {
    command: 'tar',
    args: ['-x', '-f', '-', ...restore, ...metadata, ...owners, quoting, '-C', directory],
    env: environment,
    accept: run.unpacked,
    noise: /Exiting with failure status/,
    onMessage: (line) => run.hear(line),
  };
}
