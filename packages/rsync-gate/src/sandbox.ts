import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { findProgram, hasProgram, usageError } from 'command-line';

/** What holds rsync where the check of its command line does not; rules and names also travel over the wire. */
export type Sandbox = 'bubblewrap' | 'landlock' | 'none';

export const sandboxes = ['auto', 'bubblewrap', 'landlock', 'none'] as const;

/** The descriptor under which a sandbox is handed the opened date. */
export const dateDescriptor = 3;
const opened = `/proc/self/fd/${dateDescriptor}`;

/**
 * The command line that runs a program so that of all files it can read one directory's alone, beside its own and its
 * libraries, and write none. The directory is the one that is open as descriptor 3, whatever has its name by now; the
 * program sees it as `path`. It dies with its parent.
 */
export function confine(sandbox: Sandbox, program: string, path: string, args: readonly string[]): string[] {
  switch (sandbox) {
    case 'bubblewrap':
      return ['bwrap', ...bubblewrapOptions(program, path), '--', program, ...args];
    case 'landlock':
      return ['setpriv', ...withParent, ...landlockOptions(program), '--', program, ...args];
    case 'none':
      return ['setpriv', ...withParent, '--', program, ...args];
  }
}

const withParent = ['--pdeathsig', 'KILL', '--no-new-privs'];

/**
 * A name space of its own, in which nothing else exists: no network, no processes, no /proc, no devices (bwrap(1)). Owners
 * that are not the caller's show as 65534. The program must not get the opened date itself, for `..` leads out of it:
 * --block-fd reads from it once everything is mounted, from a directory in vain, and closes it.
 */
function bubblewrapOptions(program: string, path: string): string[] {
  return [
    ...['--unshare-all', '--unshare-user', '--disable-userns', '--cap-drop', 'ALL'],
    // As process 1 it is waited for, so that what it wrote is counted as its parent's (see bytesWritten()).
    ...['--as-pid-1', '--die-with-parent', '--new-session', '--clearenv', '--chdir', '/'],
    ...readable(program).flatMap((file) => ['--ro-bind', file, file]),
    ...['--symlink', 'usr/lib', '/lib', '--symlink', 'usr/lib64', '/lib64'],
    ...['--ro-bind', opened, path, '--remount-ro', '/', '--block-fd', String(dateDescriptor)],
  ];
}

/** Reading and running what is named, nothing else on any file system (landlock(7), setpriv(1) of util-linux 2.41). */
function landlockOptions(program: string): string[] {
  const rule = (path: string, execute: string): string[] => {
    const list = statSync(path).isDirectory() ? ',read-dir' : '';
    return ['--landlock-rule', `path-beneath:${execute}read-file${list}:${path}`];
  };
  return [
    ...['--landlock-access', 'fs'],
    ...readable(program).flatMap((path) => rule(path, 'execute,')),
    ...['--landlock-rule', `path-beneath:read-file,read-dir:${opened}`],
  ];
}

/** The program, the loader, and the directories that have shared libraries and nothing else. */
function readable(program: string): string[] {
  const libraries = readdirSync('/usr/lib')
    .filter((name) => /^[a-z0-9_]+-linux-gnu[a-z0-9]*$|^ld-linux.*\.so/.test(name))
    .map((name) => `/usr/lib/${name}`);
  return [program, ...libraries, ...['/usr/lib64'].filter((path) => existsSync(path))];
}

/** The sandbox to use: the one that is configured, else the first that this host has. Without one nothing is served. */
export function chooseSandbox(configured: (typeof sandboxes)[number]): Sandbox {
  if (configured !== 'auto') return configured;
  if (hasProgram('bwrap')) return 'bubblewrap';
  if (hasLandlock()) return 'landlock';
  throw usageError(
    'no sandbox',
    'neither bubblewrap nor setpriv with Landlock is here',
    'apt install bubblewrap, or set --no-sandbox',
  );
}

/** Whether both setpriv and the kernel know it: seen by trying. */
function hasLandlock(): boolean {
  const args = [
    '--landlock-access',
    'fs',
    '--landlock-rule',
    'path-beneath:execute,read-file,read-dir:/',
    '--',
    '/bin/true',
  ];
  return spawnSync(findProgram('setpriv'), args, { stdio: 'ignore', env: {} }).status === 0;
}
