import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, run, start, temporaryDirectory, until } from 'test-kit';
import { onTestFinished } from 'vitest';
import { asUser, describe, give } from './own-process.ts';

export interface SpamAssassinOptions {
  /** How SpamAssassin locks its files; nfssafe is what it does if not told. */
  readonly lockMethod?: 'nfssafe' | 'flock';
  /**
   * The operating system user as whom it runs; the test's own without it. SpamAssassin makes a .spamassassin in the home that
   * /etc/passwd names, whatever HOME says: nobody has none.
   */
  readonly user?: string;
}

/** A Bayes database of a real SpamAssassin, with configuration of its own. */
export interface SpamAssassin {
  readonly directory: string;
  /** The file of preferences, for sa-learn -p. */
  readonly preferences: string;
  /** To which SpamAssassin appends _toks, _seen, _journal, and what its locks are called. */
  readonly bayesPath: string;
  /** The file that is there for as long as the lock is held (nfssafe), or from the first lock on (flock). */
  readonly lockFile: string;
  /** Learns messages as spam, or as what it is told. */
  learn(messages: readonly string[], as?: 'spam' | 'ham'): Promise<void>;
  /** What sa-learn --dump magic says, by name: nspam, nham, ntokens, … */
  magic(): Promise<Record<string, number>>;
  /** All that is in the database: what sa-learn --backup prints. */
  backup(): Promise<string>;
  /** Runs sa-learn with these preferences. */
  saLearn(...args: string[]): Promise<Ended>;
  /** Starts a sa-learn that has learned a message, and holds the lock of the database until it is told to go on. */
  hold(): Promise<BayesLock>;
}

/** A lock that a sa-learn holds. It ends with the test. */
export interface BayesLock {
  readonly pid: number;
  /** Has the sa-learn go on to its end: it learns another message, unlocks, and ends. */
  release(): Promise<void>;
  /** Ends the sa-learn without a warning, which leaves the lock file of nfssafe. */
  kill(): Promise<void>;
}

/** A Bayes database without content, removed when the test ends. */
export function makeSpamAssassin({ lockMethod = 'nfssafe', user }: SpamAssassinOptions = {}): SpamAssassin {
  const directory = temporaryDirectory();
  execFileSync('chmod', ['711', directory]);
  const home = join(directory, 'home');
  const bayesPath = join(home, 'bayes');
  const preferences = join(directory, 'user_prefs');
  mkdirSync(home);
  writeFileSync(preferences, `bayes_path ${bayesPath}\nlock_method ${lockMethod}\n`);
  if (user !== undefined) give(home, user);

  const command = (args: readonly string[]): string[] => {
    const argv = ['env', `HOME=${home}`, 'sa-learn', '-L', '-p', preferences, ...args];
    return user === undefined ? argv : asUser(user, argv);
  };
  const saLearn = (...args: string[]): Promise<Ended> => run(command(args));
  const succeed = async (...args: string[]): Promise<string> => {
    const ended = await saLearn(...args);
    if (ended.code !== 0) throw new Error(describe(command(args), ended));
    return ended.stdout.toString();
  };
  let number = 0;
  const file = (message: string): string => {
    const path = join(directory, `message-${number++}`);
    writeFileSync(path, message);
    return path;
  };
  return {
    directory,
    preferences,
    bayesPath,
    lockFile: `${bayesPath}.${lockMethod === 'flock' ? 'mutex' : 'lock'}`,
    saLearn,
    learn: async (messages, as = 'spam') => void (await succeed(`--${as}`, ...messages.map(file))),
    magic: async () => magicOf(await succeed('--dump', 'magic')),
    backup: () => succeed('--backup'),
    hold: () => {
      const pipe = join(directory, `pipe-${number++}`);
      execFileSync('mkfifo', [pipe]);
      return hold(command(['--spam', file(spamMessage(`held ${number}`)), pipe]), pipe);
    },
  };
}

/** A message, with words of its own. */
export function spamMessage(name: string): string {
  const words = Array.from({ length: 50 }, (_, at) => `word${at} ${name.replace(/\W/g, '')}${at}`).join(' ');
  return `From: ${name.replace(/\W/g, '')}@example.org
To: somebody@example.org
Subject: ${name}
Message-Id: <${name.replace(/\W/g, '')}@example.org>
Date: Wed, 25 Nov 2026 12:00:00 +0000

${words}
`;
}

/** sa-learn locks for its first message, and keeps the lock to its end; the second message is a pipe, for which it waits. */
async function hold(argv: readonly string[], pipe: string): Promise<BayesLock> {
  const { child, ended } = start(argv);
  let gone: Ended | undefined;
  const ending = ended.then((how) => {
    gone = how;
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ending;
  };
  onTestFinished(kill);
  let writable: number | undefined;
  await until(() => {
    writable = openForReader(pipe);
    return writable !== undefined || gone !== undefined;
  });
  if (writable === undefined) throw new Error(describe(argv, await ended));
  const opened = writable;
  onTestFinished(() => close(opened));
  let open = true;
  const close = (fd: number): void => {
    if (open) closeSync(fd);
    open = false;
  };
  return {
    pid: child.pid ?? 0,
    kill,
    release: async () => {
      writeSync(opened, spamMessage(`after ${pipe}`));
      close(opened);
      const how = await ended;
      if (how.code !== 0) throw new Error(describe(argv, how));
    },
  };
}

/** A pipe for writing, once somebody has it open for reading. */
function openForReader(pipe: string): number | undefined {
  try {
    return openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENXIO') return undefined;
    throw error;
  }
}

function magicOf(dump: string): Record<string, number> {
  const lines = [...dump.matchAll(/^\S+ +\d+ +(\d+) +\d+ +non-token data: (.*)$/gm)];
  return Object.fromEntries(lines.map(([, value, name]) => [name ?? '', Number(value)]));
}
