import { escapeText } from 'path-stream';
import { exitCodes } from './exit.ts';
import { writeStderr } from './standard-streams.ts';

/** How much a command says: `-q` only losses, `-v` details too. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

/** Where progress goes: a line on the terminal that is drawn over and over, or lines for another program. */
export interface ProgressLine {
  (text: string): void;
  /** Takes what is drawn away, for a message. */
  clear(): void;
  /** Milliseconds between one and the next. */
  readonly interval: number;
}

/** What stands between the command and the text where another program reads it. */
export const progressMark = 'progress: ';

/** The same of an error: what, why and hint follow, each after a tab, which is in no other message. */
const errorMark = 'error:\t';

/** What was said of something that is lost, or that ended a command: escaped for a terminal. */
export interface Named {
  readonly what: string;
  readonly why: string;
  readonly hint?: string;
}

/** What a report shares with its parts. */
interface Shared {
  /** Whether errors are written for another program, which has them in their parts. */
  readonly marks: boolean;
  hear?: (named: Named) => void;
}

/**
 * Everything a command says on stderr. The form of a message, for all commands:
 *
 *     <command>: <what>: <why>
 *     <command>: hint: <what to do>
 *
 * lower case, no full stop, control characters escaped, never a stack trace. A loss is counted, and one
 * loss makes the exit code 1. With `--mark-losses` an error is one line, its parts after tabs. Callers pass paths through `escapePath` first; text is escaped here.
 */
export class Report {
  readonly #command: string;
  readonly #verbosity: Verbosity;
  readonly #line: ProgressLine | undefined;
  readonly #hints = new Set<string>();
  readonly #parts: Report[] = [];
  readonly #shared: Shared;
  #losses = 0;
  #most = Number.POSITIVE_INFINITY;
  #drawn = 0;

  /** `line` is where progress is drawn; without one there is none. `shared` is that of the report which this is a part of. */
  constructor(command: string, verbosity: Verbosity, line?: ProgressLine, shared: Shared = { marks: false }) {
    this.#command = command;
    this.#verbosity = verbosity;
    this.#line = line;
    this.#shared = shared;
  }

  get losses(): number {
    return this.#parts.reduce((sum, part) => sum + part.losses, this.#losses);
  }

  /**
   * A report with a count of its own, which is part of this one's: for work that goes on beside other work. Of its losses,
   * `most` are named.
   */
  part(most = Number.POSITIVE_INFINITY): Report {
    const part = new Report(this.#command, this.#verbosity, this.#line, this.#shared);
    part.#most = most;
    this.#parts.push(part);
    return part;
  }

  /** The options that make another command of this project say as much as this one does. */
  get options(): string[] {
    return [
      ...(this.#verbosity === 'normal' ? [] : [`--${this.#verbosity}`]),
      ...(this.#line === undefined ? [] : ['--progress']),
      ...(this.#shared.hear === undefined && !this.#shared.marks ? [] : ['--mark-losses']),
    ];
  }

  /** Has somebody hear from now on of every error that is named, here or by another command of this project whose messages are passed on. */
  observe(hear: (named: Named) => void): void {
    this.#shared.hear = hear;
  }

  /** The exit code that the losses named so far amount to. */
  get exitCode(): number {
    return this.losses === 0 ? exitCodes.complete : exitCodes.incomplete;
  }

  /** Something that was asked for is not in the result. */
  loss(what: string, why: string, hint?: string): void {
    this.#losses += 1;
    if (this.#losses <= this.#most) this.error(what, why, hint);
    else if (this.#losses === this.#most + 1) this.error('…', 'and more like these, which are not named');
  }

  /** An error that is counted elsewhere, or ends the command. A hint is given once, however often it applies. */
  error(what: string, why: string, hint?: string): void {
    const parts = [what, why, ...(hint === undefined ? [] : [hint])].map(escapeText);
    this.#name(this.#command, parts);
  }

  /** Worth knowing, and nothing is lost. */
  note(what: string, why?: string): void {
    if (this.#verbosity !== 'quiet') this.#say(why === undefined ? what : `${what}: ${why}`);
  }

  /** Only with `-v`. */
  detail(what: string, why: string): void {
    if (this.#verbosity === 'verbose') this.#say(`${what}: ${why}`);
  }

  /** A line that a command of this project wrote on its stderr, already in form. */
  relay(line: string): void {
    this.clear();
    writeStderr(`${line}\n`);
  }

  /** Tells how far the work is, on a terminal or where that is asked for, and not too often. */
  progress(text: () => string): void {
    if (this.#line === undefined) return;
    const now = Date.now();
    if (now - this.#drawn < this.#line.interval) return;
    this.#drawn = now;
    this.#line(`${this.#command}: ${escapeText(text())}`);
  }

  /** Tells it again and again while some work goes on. */
  async during<T>(text: () => string, work: () => Promise<T>): Promise<T> {
    if (this.#line === undefined) return work();
    this.progress(text);
    const ticker = setInterval(() => this.progress(text), this.#line.interval);
    try {
      return await work();
    } finally {
      clearInterval(ticker);
    }
  }

  /**
   * A message of another command of this project's, as it came: what it tells of its progress is told as this one's, and errors that
   * it marks are heard here.
   */
  pass(command: string, line: string): void {
    const [progress, error] = [progressMark, errorMark].map((mark) => `${command}: ${mark}`);
    if (progress !== undefined && line.startsWith(progress))
      this.progress(() => `${command}: ${line.slice(progress.length)}`);
    else if (error !== undefined && line.startsWith(error))
      this.#name(command, line.slice(error.length).split('\t').map(escapeText));
    else this.relay(escapeText(line));
  }

  /** Takes the progress line away. */
  clear(): void {
    if (this.#drawn === 0) return;
    this.#line?.clear();
    this.#drawn = 0;
  }

  /** An error of a command, in its parts, escaped. */
  #name(command: string, parts: readonly string[]): void {
    const [what = '', why = '', hint] = parts;
    this.#shared.hear?.({ what, why, ...(hint !== undefined && { hint }) });
    if (this.#shared.marks) this.relay(`${command}: ${errorMark}${parts.join('\t')}`);
    else {
      this.relay(`${command}: ${what}: ${why}`);
      if (hint === undefined || this.#hints.has(hint)) return;
      this.#hints.add(hint);
      this.relay(`${command}: hint: ${hint}`);
    }
  }

  #say(text: string): void {
    this.clear();
    writeStderr(`${this.#command}: ${escapeText(text)}\n`);
  }
}
