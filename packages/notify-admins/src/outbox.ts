import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { failure, interruption, reason, tryLock } from 'command-line';
import { readSmallFile } from 'date-tree';
import { escapeText } from 'path-stream';
import { storeFile, syncDirectory } from 'sealed-file';
import type { Mail } from './mail.ts';
import { formatMail, parseMail } from './waiting-mail.ts';

/** So many mails wait at most: more of them would be read by nobody. */
const mostMails = 100;
/** So many accepted ones are known by their digests. */
const mostAccepted = 1000;
/** Larger than any mail that is composed here, in bytes. */
const longestMail = 1 << 24;
/** Milliseconds between one look at a lock and the next. */
const interval = 100;
/** Milliseconds after which a temporary file is one of somebody who was killed. */
const leftAfter = 3_600_000;

/** A directory of mails that nobody has accepted yet, and of what is known of those that somebody has. */
export class Outbox {
  readonly directory: string;
  readonly #lock: number;

  private constructor(directory: string, lock: number) {
    this.directory = directory;
    this.#lock = lock;
  }

  /** Opens it, and makes it where it is missing. It has names of files, and what is in it is sent: nobody else may read it or write to it. */
  static open(directory: string): Outbox {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
      requireOwn(directory);
      return new Outbox(directory, openSync(join(directory, 'lock'), flags, 0o600));
    } catch (error) {
      throw failure(
        escapeText(directory),
        reason(error),
        'give --outbox DIR, one of your own with mode 0700',
      );
    }
  }

  /** Waits until nobody else works with it, for so many seconds: false where somebody still does. */
  async hold(seconds: number): Promise<boolean> {
    const end = performance.now() + seconds * 1000;
    while (!tryLock(this.#lock, 'exclusive')) {
      if (performance.now() >= end) return false;
      await setTimeout(interval, undefined, { signal: interruption });
    }
    this.#clear();
    return true;
  }

  close(): void {
    closeSync(this.#lock);
  }

  /** The names of the mails that wait, oldest first. */
  list(): string[] {
    const times = this.#names(/^[0-9a-f]{64}\.eml$/).map((name) => [name, this.#time(name)] as const);
    return times.sort(([, a], [, b]) => a - b).map(([name]) => name);
  }

  /** The mail of a name: undefined where there is none any more, an error where what is there is none. */
  read(name: string): Mail | undefined {
    const file = join(this.directory, name);
    const bytes = readSmallFile(file, longestMail);
    if (bytes === undefined) return undefined;
    const mail = parseMail(bytes);
    if (mail === undefined)
      throw failure(escapeText(file), 'not a mail of notify-admins', 'look at it, and remove it');
    return mail;
  }

  /** Keeps a mail, whole and for good. One that is there under its Message-ID is replaced: who has got it meanwhile is left out. */
  async store(mail: Mail): Promise<void> {
    const waiting = this.list();
    if (waiting.length >= mostMails && !waiting.includes(nameOf(mail.id)))
      throw failure(
        escapeText(this.directory),
        `full: ${waiting.length} mails wait in it`,
        'notify-admins --flush sends them, or says why not; remove those that nobody wants',
      );
    await storeFile(join(this.directory, nameOf(mail.id)), (handle) => handle.writeFile(formatMail(mail)));
  }

  wasAccepted(id: string): boolean {
    return this.#accepted().includes(digestOf(id));
  }

  /** Of a mail that everybody has: first it is known that it was accepted, and then it is gone. */
  async settle(id: string): Promise<void> {
    const accepted = [...this.#accepted().filter((digest) => digest !== digestOf(id)), digestOf(id)];
    const text = accepted.slice(-mostAccepted).map((digest) => `${digest}\n`);
    await storeFile(join(this.directory, 'accepted'), (handle) => handle.writeFile(text.join('')));
    try {
      rmSync(join(this.directory, nameOf(id)), { force: true });
      await syncDirectory(this.directory);
    } catch (error) {
      throw failure(escapeText(this.directory), reason(error));
    }
  }

  #accepted(): string[] {
    const text = readSmallFile(join(this.directory, 'accepted'), longestMail)?.toString() ?? '';
    return text.split('\n').filter((line) => line !== '');
  }

  #clear(): void {
    for (const name of this.#names(/^\..*\.partial$/))
      if (Date.now() - this.#time(name) > leftAfter) rmSync(join(this.directory, name), { force: true });
  }

  #names(pattern: RegExp): string[] {
    return readdirSync(this.directory).filter((name) => pattern.test(name));
  }

  /** When a file was written; now where it has just gone. */
  #time(name: string): number {
    return lstatSync(join(this.directory, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  }
}

/** The file of a mail in an outbox. */
export function nameOf(id: string): string {
  return `${digestOf(id)}.eml`;
}

function digestOf(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

function requireOwn(directory: string): void {
  const opened = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const { uid, mode } = fstatSync(opened);
    if (uid !== process.geteuid?.()) throw new Error('it belongs to somebody else');
    if ((mode & 0o077) !== 0) throw new Error('others may read it, or write to it');
  } finally {
    closeSync(opened);
  }
}
