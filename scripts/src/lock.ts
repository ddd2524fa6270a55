import { fstatSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { failure, reason, tryLock, usageError } from 'command-line';

/** The file that a run holds a lock on, for as long as it lasts. */
export function lockFile(state: string): string {
  return join(state, 'lock');
}

/** Makes the state directory where it is missing, and opens the lock. */
export function openLock(state: string): number {
  try {
    mkdirSync(state, { recursive: true, mode: 0o700 });
    return openSync(lockFile(state), 'a', 0o600);
  } catch (error) {
    throw failure(state, reason(error), 'run as root, or set the state directory');
  }
}

/**
 * Holds the state directory for this run: no other one works with it until this process has ended. A caller that holds
 * it already hands its open lock on as descriptor `inherited`.
 */
export function holdState(state: string, inherited: number | undefined): void {
  const descriptor = inherited === undefined ? openLock(state) : checkInherited(state, inherited);
  if (!tryLock(descriptor, 'exclusive'))
    throw failure(lockFile(state), 'a backup is running already', 'wait for it to end');
}

/** Holds a tree that dates are published or kept in, by its `.work`: another run would clear what this one does there. */
export function holdTree(work: string): void {
  if (!tryLock(openSync(work, 'r'), 'exclusive'))
    throw failure(
      work,
      'is held by another process',
      'wait for it to end; two hosts, or two state directories, need a tree each',
    );
}

function checkInherited(state: string, descriptor: number): number {
  const [given, expected] = [descriptorIdentity(descriptor), statSync(lockFile(state))];
  if (given?.ino !== expected.ino || given.dev !== expected.dev)
    throw usageError('--lock-fd', `descriptor ${descriptor} is not ${lockFile(state)}`);
  return descriptor;
}

function descriptorIdentity(descriptor: number) {
  try {
    return fstatSync(descriptor);
  } catch {
    return undefined;
  }
}
