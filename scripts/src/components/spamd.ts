import { ChildFailure, captureOutput, failure, findProgram, type Stage } from 'command-line';
import type { BytePath } from 'path-stream';
import type { Settings } from '../settings/schema.ts';
import type { Lock } from './hold-lock.ts';
import { spamdProgram } from './spamd-program.ts';

type Spamd = NonNullable<Settings['spamd']>;

/** What SpamAssassin's own modules say of its state. */
export interface SpamdState {
  /** What it locks; the lock files are called like it. */
  readonly locks: readonly BytePath[];
  readonly files: readonly BytePath[];
  readonly notes: readonly BytePath[];
}

/** The lock of SpamAssassin's databases, taken as the user that they belong to. */
export async function spamdLock({ user, preferences, timeout }: Spamd): Promise<Lock> {
  findProgram('sa-learn'); // what is configured and not installed is told as that
  const { ids, home } = await lookUp(user);
  const perl = ['/usr/bin/perl', '-e', spamdProgram, '--', String(timeout)]; // Debian's, which has Debian's modules
  // It releases the lock at this signal, and sees the end of its stdin besides.
  const args = [
    '--pdeathsig',
    'TERM',
    ...ids,
    '--',
    ...perl,
    ...(preferences === undefined ? [] : [preferences]),
  ];
  const program: Stage = { name: 'SpamAssassin', command: 'setpriv', args, cwd: '/', env: { HOME: home } };
  return { what: 'SpamAssassin', program, timeout, slack: 60 };
}

async function lookUp(user: string): Promise<{ ids: string[]; home: string }> {
  const known = { command: 'getent', args: ['passwd', user], accept: (exitCode: number) => exitCode <= 2 };
  const [name = '', , uid = '', gid = '', , home = '/'] = (await captureOutput(known))
    .toString()
    .trim()
    .split(':');
  if (name === '')
    throw failure(user, 'there is no such user', 'name the one whose SpamAssassin it is: spamd.user');
  // Whoever is that user already may not be able to set it, nor need to.
  const isOwn = Number(uid) === process.geteuid?.();
  return { ids: isOwn ? [] : ['--reuid', uid, '--regid', gid, '--init-groups'], home };
}

const unavailable = 69; // EX_UNAVAILABLE of sysexits(3)

/** What the failure of the program means, where it is one of its own. */
export function explainSpamd(error: unknown): unknown {
  return error instanceof ChildFailure && error.childExitCode === unavailable
    ? failure('Mail::SpamAssassin', error.why, 'apt install spamassassin')
    : error;
}

/** The fields of the line with which the program says that it has the lock. */
export function parseSpamdState(line: BytePath): SpamdState {
  const fields = line.split('\0');
  const of = (kind: string): BytePath[] =>
    fields.filter((field) => field.startsWith(`${kind} `)).map((field) => field.slice(kind.length + 1));
  return { locks: of('lock'), files: of('file'), notes: of('note') };
}
