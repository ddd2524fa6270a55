import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from 'test-kit';
import { freePort } from './free-port.ts';
import {
  directoryOf,
  type OwnOptions,
  type OwnProcess,
  ownProcess,
  succeed,
  withDirectory,
} from './own-process.ts';
import { writePostfixFiles } from './postfix-files.ts';

export interface PostfixOptions extends OwnOptions {
  /** It takes mail only from who has the password. */
  readonly password?: boolean;
}

/** A real Postfix, with mailboxes of its own for ann, ben and root at example.org. It refuses all others. */
export interface Postfix extends OwnProcess {
  /** What it has is below, in conf, spool, mail, tls and log. */
  readonly directory: string;
  /** Of 127.0.0.1: SMTP with STARTTLS. */
  readonly port: number;
  /** Of 127.0.0.1: SMTP in TLS. */
  readonly tlsPort: number;
  /** The certificates to believe. Its own is for localhost and 127.0.0.1. */
  readonly ca: string;
  /** User and password, on two lines, of root alone (0600); undefined where it asks for none. */
  readonly authFile: string | undefined;
  /** A sendmail program that hands over to it. */
  readonly sendmail: string;
  /** The mails that a user has, when all that was handed over has been delivered. */
  mails(user: string): Promise<Buffer[]>;
  /** Ends it, and removes its directory. */
  stop(): Promise<void>;
}

/** The program that `postfix start` leaves behind: started by itself, it is the process to end. */
const master = '/usr/lib/postfix/sbin/master';

/** Starts a Postfix, which ends with the test. Nothing of the machine's own is used or changed. */
export function startPostfix(options: PostfixOptions = {}): Promise<Postfix> {
  const directory = directoryOf('root', 'postfix');
  return withDirectory(directory, options, async () => {
    const [port, tlsPort] = [await freePort(), await freePort()];
    const user = options.password ? { name: 'ann', password: `ä "p" \\ ${directory.slice(-6)}` } : undefined;
    writePostfixFiles({ directory, port, tlsPort, user });
    const conf = join(directory, 'conf');
    await succeed(['chown', 'postfix', join(directory, 'data')]);
    await succeed(['chown', '-R', 'nobody', join(directory, 'mail')]);
    if (user) await succeed(['chgrp', 'postfix', join(conf, 'sasldb2')]);
    const authFile = user && join(directory, 'auth');
    if (authFile) writeFileSync(authFile, `${user.name}@example.org\n${user.password}\n`, { mode: 0o600 });
    const sendmail = join(directory, 'sendmail');
    // Of the program itself, a copy: a test may put this one in its place.
    copyFileSync('/usr/sbin/sendmail', join(directory, 'postfix-sendmail'));
    writeFileSync(sendmail, `#!/bin/bash\nexec -a sendmail ${directory}/postfix-sendmail -C ${conf} "$@"\n`);
    chmodSync(sendmail, 0o755);

    await succeed(['postfix', '-c', conf, 'check']); // makes the queues
    const greets = `exec 3<>/dev/tcp/127.0.0.1/${port} && read -r line <&3 && [[ $line = 220* ]]`;
    const own = ownProcess([master, '-c', conf], ['bash', '-c', greets]);
    const queue = join(directory, 'spool');
    const delivered = (): boolean =>
      ['maildrop', 'incoming', 'active', 'deferred'].every((name) => isEmpty(join(queue, name)));
    return {
      ...own,
      get pid() {
        return own.pid;
      },
      // A master that is killed leaves its programs behind for a while.
      kill: (signal: NodeJS.Signals = 'SIGTERM') => own.kill(signal),
      directory,
      port,
      tlsPort,
      ca: join(directory, 'tls/ca.pem'),
      authFile,
      sendmail,
      mails: async (name: string) => {
        await until(delivered);
        const box = join(directory, 'mail', name, 'new');
        return existsSync(box) ? readdirSync(box).map((file) => readFileSync(join(box, file))) : [];
      },
    };
  });
}

/** Whether no message is in a queue: those are files, some in directories of one letter. */
function isEmpty(directory: string): boolean {
  return !readdirSync(directory, { recursive: true }).some(
    (name) => String(name).split('/').at(-1)?.length !== 1,
  );
}
