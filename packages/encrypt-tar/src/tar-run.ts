import { createReadStream } from 'node:fs';
import { errorCode, type Report, reason } from 'command-line';
import { type BytePath, escapePath, toFs } from 'path-stream';
import { readTarMessage } from './tar-messages.ts';

/**
 * What became of a path: it was not there any more; changed while it was read, so that the archive has a mixture; could not be read;
 * or is in the archive as it was a moment after it was looked at.
 */
export interface TarRemark {
  readonly kind: 'vanished' | 'changed' | 'lost' | 'later';
  readonly why: string;
}

const explanations = {
  vanished: 'vanished while it was read: not in the archive',
  changed: 'changed while it was read: the archive has a mixture',
} as const;

/**
 * Judges one run of tar by what it says, for its exit code does not tell: 2 stands for a file that vanished, for
 * one that could not be read, and for a run that broke off.
 */
export class TarRun {
  readonly #report: Report;
  readonly #remarks = new Map<BytePath, TarRemark>();
  readonly #shrunk: BytePath[] = [];
  #finished = false;
  #brokeOff = false;
  #explained = false;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Takes a line of tar's stderr. */
  hear(line: string): void {
    this.#brokeOff ||= /: (?:Cannot write|Wrote only|Cannot (?:open|mkdir|symlink): No space)/.test(line);
    const message = readTarMessage(line);
    if (message.kind === 'finished') this.#finished = true;
    else if (message.kind === 'fatal') return;
    else if (message.kind === 'other') this.#report.note('tar', message.text);
    else if (message.kind === 'shrank') this.#shrunk.push(absolute(message.path));
    else this.#remark(absolute(message.path), message.kind, message.why);
  }

  /** Whether tar came to the end of its list, whatever it found on the way. */
  readonly reachedEnd = (exitCode: number): boolean => exitCode <= 1 || (exitCode === 2 && this.#finished);

  /** The same of an unpacking run; one that could not write all of a file has not unpacked it, whatever else it did. */
  readonly unpacked = (exitCode: number): boolean => this.reachedEnd(exitCode) && !this.#brokeOff;

  #remark(path: BytePath, kind: TarRemark['kind'], why: string): void {
    if (this.#remarks.get(path)?.kind === 'lost') return;
    this.#remarks.set(path, { kind, why });
    this.#explained ||= kind !== 'changed';
  }

  /** What was remarked, by path, when tar has ended. Errors that name no path are a loss. */
  async finish(): Promise<ReadonlyMap<BytePath, TarRemark>> {
    for (const path of this.#shrunk) await this.#lookAgain(path);
    if (this.#finished && !this.#explained) this.#report.loss('tar', 'ended with errors that name no path');
    return this.#remarks;
  }

  /** tar says of a disk that fails in the middle of a file that the file shrank, and fills it up with zeros. */
  async #lookAgain(path: BytePath): Promise<void> {
    this.#remark(path, 'changed', '');
    try {
      for await (const _ of createReadStream(toFs(path), { highWaterMark: 1 << 20 }));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.#remark(path, 'lost', `not read to its end: ${reason(error)}`);
    }
  }
}

/** Tells of a path what tar remarked. */
export function tellRemark(path: BytePath, { kind, why }: TarRemark, report: Report): void {
  if (kind === 'lost') report.loss(escapePath(path), why);
  else if (kind !== 'later') report.note(escapePath(path), explanations[kind]);
}

function absolute(relative: BytePath): BytePath {
  return relative.startsWith('/') ? relative : `/${relative}`;
}
