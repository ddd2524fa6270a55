import { createLogUpdate } from 'log-update';
import { escapeText } from 'path-stream';
import { exitCodes } from './exit.ts';
import { stderrIsTerminal, writeStderr } from './standard-streams.ts';

/** How much a command says: `-q` only losses, `-v` details too. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

/**
 * Everything a command says on stderr. The form of a message, for all commands:
 *
 *     <command>: <what>: <why>
 *     <command>: hint: <what to do>
 *
 * lower case, no full stop, control characters escaped, never a stack trace. A loss is counted, and one
 * loss makes the exit code 1. Callers pass paths through `escapePath` first; text is escaped here.
 */
export class Report {
  readonly #command: string;
  readonly #verbosity: Verbosity;
  readonly #terminal: ReturnType<typeof createLogUpdate> | undefined;
  readonly #hints = new Set<string>();
  #losses = 0;
  #drawn = 0;

  constructor(command: string, verbosity: Verbosity) {
    this.#command = command;
    this.#verbosity = verbosity;
    const draws = stderrIsTerminal && verbosity !== 'quiet';
    this.#terminal = draws ? createLogUpdate(process.stderr) : undefined;
  }

  get losses(): number {
    return this.#losses;
  }

  /** The exit code that the losses named so far amount to. */
  get exitCode(): number {
    return this.#losses === 0 ? exitCodes.complete : exitCodes.incomplete;
  }

  /** Something that was asked for is not in the result. */
  loss(what: string, why: string, hint?: string): void {
    this.#losses += 1;
    this.error(what, why, hint);
  }

  /** An error that is counted elsewhere, or ends the command. A hint is given once, however often it applies. */
  error(what: string, why: string, hint?: string): void {
    this.#line(`${what}: ${why}`);
    if (hint === undefined || this.#hints.has(hint)) return;
    this.#hints.add(hint);
    this.#line(`hint: ${hint}`);
  }

  /** Worth knowing, and nothing is lost. */
  note(what: string, why?: string): void {
    if (this.#verbosity !== 'quiet') this.#line(why === undefined ? what : `${what}: ${why}`);
  }

  /** Only with `-v`. */
  detail(what: string, why: string): void {
    if (this.#verbosity === 'verbose') this.#line(`${what}: ${why}`);
  }

  /** A line that a command of this project wrote on its stderr, already in form. */
  relay(line: string): void {
    this.clear();
    writeStderr(`${line}\n`);
  }

  /** Redraws the progress line, at most ten times a second and only on a terminal. */
  progress(text: () => string): void {
    if (this.#terminal === undefined) return;
    const now = Date.now();
    if (now - this.#drawn < 100) return;
    this.#drawn = now;
    this.#terminal(`${this.#command}: ${escapeText(text())}`);
  }

  /** Takes the progress line away. */
  clear(): void {
    if (this.#drawn === 0) return;
    this.#terminal?.clear();
    this.#terminal?.done();
    this.#drawn = 0;
  }

  #line(text: string): void {
    this.clear();
    writeStderr(`${this.#command}: ${escapeText(text)}\n`);
  }
}
