import { constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { startDetached } from 'command-line';
import { escapeText } from 'path-stream';
import type { Client } from './client.ts';

/** What happened, and its facts, in the order in which they are to stand. */
export type Facts = Readonly<Record<string, string | number | undefined>>;

/** More of a value is cut off: a client's command may be 128 kB long, and it may send many. */
const longestValue = 300;

/**
 * One line of the log, without its end: `2026-11-20T03:00:00.123Z rsync-gate[4711] start client=… key=… command="…"`.
 * A value with anything but plain characters is quoted and escaped, so that each event is one line of ASCII.
 */
export function formatEvent(time: Date, pid: number, client: Client, event: string, facts: Facts): string {
  const all: Facts = { client: client.address, key: client.key, ...facts };
  const told = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${formatValue(String(value))}`],
  );
  return [time.toISOString(), `rsync-gate[${pid}]`, event, ...told].join(' ');
}

function formatValue(value: string): string {
  if (/^[A-Za-z0-9._,/:@+=-]+$/.test(value) && value.length <= longestValue) return value;
  const escaped = escapeText(value.slice(0, longestValue).replace(/["\\]/g, '\\$&'));
  const ascii = escaped.replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${ascii}"${value.length > longestValue ? `(${value.length})` : ''}`;
}

/**
 * The log of the gate: a file that many processes append to, each event by one write(2). Where it cannot be written, the
 * event goes to syslog, and the service goes on.
 */
export class Log {
  readonly #file: string;
  readonly #client: Client;
  #descriptor: number | undefined;

  constructor(file: string, client: Client) {
    this.#file = file;
    this.#client = client;
  }

  write(event: string, facts: Facts = {}): void {
    const line = formatEvent(new Date(), process.pid, this.#client, event, facts);
    if (!this.#append(line)) toSyslog(line);
  }

  #append(line: string): boolean {
    try {
      const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
      this.#descriptor ??= openSync(this.#file, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o640);
      const bytes = Buffer.from(`${endsInLine(this.#descriptor) ? '' : '\n'}${line}\n`);
      return writeSync(this.#descriptor, bytes) === bytes.length;
    } catch {
      return false;
    }
  }
}

/** A disk that was full may have cut somebody's line: the next one must not be glued to it. */
function endsInLine(descriptor: number): boolean {
  const { size } = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  return size === 0 || readSync(descriptor, last, 0, 1, size - 1) === 0 || last.toString() === '\n';
}

/** Nobody waits for it, and where syslog is not there either, there is nowhere else to tell. */
function toSyslog(line: string): void {
  const args = ['-t', 'rsync-gate', '-p', 'auth.warning', '--', line];
  startDetached({ command: 'logger', args, stdio: 'ignore' }).catch(() => {});
}
