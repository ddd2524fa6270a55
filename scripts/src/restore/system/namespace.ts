import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ChildFailure, failure, type Report, runForeground, runPipeline, type Stage } from 'command-line';
import { Machine } from './machine.ts';

/**
 * Does work with a mount namespace that nobody else sees, unshare(1): `enter` is what stands before a command line that is to run
 * in it. A process that sleeps holds it; when that ends, and it ends with this one, all that was mounted is gone.
 */
export async function withNamespace<T>(work: (enter: readonly string[]) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  let pid: number | undefined;
  let ended = false;
  const holder = runForeground({
    command: 'setpriv',
    args: ['--pdeathsig', 'KILL', '--', 'unshare', '--mount', '--', 'sleep', 'infinity'],
    stdio: ['ignore', 'ignore', 'inherit'],
    stop: stop.signal,
    onStart: (started) => {
      pid = started;
    },
  }).finally(() => {
    ended = true;
  });
  holder.catch(() => {}); // awaited below
  try {
    // Before it sleeps, what it would mount is everybody's.
    while (!ended && !sleeps(pid)) await setTimeout(5);
    if (ended || pid === undefined) throw failure('unshare', 'no mount namespace could be made');
    return await work(['nsenter', '--target', String(pid), '--mount', '--root', '--wd', '--']);
  } finally {
    stop.abort();
    await holder;
  }
}

/**
 * Works on a root with /proc, /dev, /sys and /run mounted in it, in a namespace of its own. The running machine itself needs
 * none of it.
 */
export function withMachine<T>(
  root: string,
  report: Report,
  work: (machine: Machine) => Promise<T>,
): Promise<T> {
  if (root === '/') return work(new Machine(root, [], report));
  return withNamespace(async (enter) => {
    await mountAll(root, enter, report);
    return work(new Machine(root, [...enter, 'chroot', root], report));
  });
}

/**
 * Does work in a namespace where the names of accounts are those of a root: tar writes the names, not the numbers, of an ACL's
 * users, and would take the running machine's numbers for them, or find none.
 */
export function withAccountsOf<T>(root: string, work: (enter: readonly string[]) => Promise<T>): Promise<T> {
  if (root === '/') return work([]);
  return withNamespace(async (enter) => {
    for (const file of ['/etc/passwd', '/etc/group'])
      await runPipeline([within(enter, { command: 'mount', args: ['--bind', root + file, file] })]);
    return work(enter);
  });
}

/** A stage, in a namespace. */
export function within([command, ...before]: readonly string[], stage: Stage): Stage {
  if (command === undefined) return stage;
  return {
    ...stage,
    name: stage.name ?? stage.command,
    command,
    args: [...before, stage.command, ...stage.args],
  };
}

function sleeps(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1') === 'sleep\n';
  } catch {
    return false; // it has ended
  }
}

async function mountAll(root: string, enter: readonly string[], report: Report): Promise<void> {
  const inside = async (...argv: readonly string[]): Promise<void> => {
    const [command = '', ...args] = argv;
    await runPipeline([within(enter, { command, args })]);
  };
  const maybe = async (...argv: readonly string[]): Promise<void> => {
    try {
      await inside(...argv);
    } catch (error) {
      if (!(error instanceof ChildFailure)) throw error;
      report.detail(argv.join(' '), error.why);
    }
  };
  await inside('mkdir', '-p', ...['proc', 'dev', 'sys', 'run'].map((name) => `${root}/${name}`));
  await inside('mount', '-t', 'proc', 'proc', `${root}/proc`);
  await inside('mount', '--rbind', '/dev', `${root}/dev`);
  await maybe('mount', '-t', 'sysfs', '-o', 'ro', 'sysfs', `${root}/sys`);
  await inside('mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', `${root}/run`);
  await inside('mkdir', '-m', '1777', `${root}/run/lock`);
  await shareResolver(root, inside, maybe);
}

/** Names are looked up as on the running system: what the new one has for that may be the old machine's already. */
async function shareResolver(
  root: string,
  inside: (...argv: readonly string[]) => Promise<void>,
  maybe: (...argv: readonly string[]) => Promise<void>,
): Promise<void> {
  const own = '/etc/resolv.conf';
  if (!existsSync(own)) return;
  const there = lstatSync(root + own, { throwIfNoEntry: false });
  if (there?.isFile()) return maybe('mount', '--bind', own, root + own);
  if (there !== undefined && !there.isSymbolicLink()) return;
  // systemd-resolved's link leads into /run, which is in memory here.
  const stub = `${root}/run/systemd/resolve/stub-resolv.conf`;
  await inside('mkdir', '-p', dirname(stub));
  await inside('cp', own, stub);
}
