import type { Report } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import type { Remark } from './entry.ts';
import { readTarMessage } from './tar-messages.ts';

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
  readonly #remarks: Remark[] = [];
  #finished = false;
  #explained = false;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Takes a line of tar's stderr. */
  hear(line: string): void {
    const message = readTarMessage(line);
    if (message.kind === 'finished') this.#finished = true;
    else if (message.kind === 'fatal') return;
    else if (message.kind === 'other') this.#report.note('tar', message.text);
    else this.#remark(message.path, message.kind, message.why);
  }

  /** Whether tar came to the end of its list, whatever it found on the way. */
  readonly reachedEnd = (exitCode: number): boolean => exitCode <= 1 || (exitCode === 2 && this.#finished);

  #remark(relative: BytePath, remark: Remark['remark'], why: string): void {
    const path = relative.startsWith('/') ? relative : `/${relative}`;
    this.#remarks.push({ path, remark });
    this.#explained ||= remark !== 'changed';
    if (remark === 'lost') this.#report.loss(escapePath(path), why);
    else this.#report.note(escapePath(path), explanations[remark]);
  }

  /** Passes on what was remarked, when tar has ended. Errors that name no path are a loss as well. */
  async finish(record: (remark: Remark) => Promise<void> | undefined): Promise<void> {
    for (const remark of this.#remarks) await record(remark);
    if (this.#finished && !this.#explained) this.#report.loss('tar', 'ended with errors that name no path');
  }
}
