import { randomBytes } from 'node:crypto';
import { closeSync, readSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CommandError,
  type Ending,
  errorCode,
  findProgram,
  hasProgram,
  openUnnamed,
  reason,
  runForeground,
} from 'command-line';
import { type Mail, type Refusal, refuseAll, type Transport } from './mail.ts';

/** Exit codes of sysexits(3) after which it may go well another time: EX_UNAVAILABLE, EX_OSERR, EX_IOERR, EX_TEMPFAIL. */
const passing = [69, 71, 74, 75];
/** So much of what it said is told, in bytes. */
const longestMessage = 1000;

/**
 * Hands mails to the local mail system by the interface that every one of Debian's has (policy 11.6, LSB sendmail(8)). Its stdin is a
 * file, and so is its stderr: it can neither break a pipe of ours, nor hold one open in a program that it has started.
 */
export function sendmailTransport(program: string): Transport {
  return { name: program, send: (mail, stop) => attempt(program, mail, stop) };
}

async function attempt(program: string, mail: Mail, stop: AbortSignal): Promise<Refusal[]> {
  const files: number[] = [];
  try {
    const [input, messages] = [openTemporary(files), openTemporary(files)];
    writeAll(input, withNewlines(mail.raw));
    return await handOver(program, mail, input, messages, stop);
  } catch (error) {
    // Of the files: the disk is full, for one. The mail is not at fault.
    if (errorCode(error) === undefined) throw error;
    return refuseAll(mail, { why: `${tmpdir()}: ${reason(error)}`, permanent: false });
  } finally {
    for (const file of files) closeSync(file);
  }
}

async function handOver(
  program: string,
  mail: Mail,
  input: number,
  messages: number,
  stop: AbortSignal,
): Promise<Refusal[]> {
  try {
    const command = findProgram(program);
    const args = ['-i', '-f', mail.from, '--', ...mail.to];
    const stdio = [input, 'ignore', messages] as const;
    const ending = await runForeground({ ...dying(command, args), stdio: [...stdio], stop, group: true });
    return judge(mail, ending, lastLine(messages), stop);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const hint = error.hint ?? 'apt install postfix, or another mail-transport-agent; or give --smtp URL';
    return refuseAll(mail, { why: error.why, permanent: true, hint });
  }
}

/** It ends with this process, even when that is killed (prctl(2), PDEATHSIG). */
function dying(command: string, args: string[]) {
  if (!hasProgram('setpriv')) return { command, args };
  return { command: 'setpriv', args: ['--pdeathsig', 'KILL', '--', command, ...args] };
}

function judge(mail: Mail, { exitCode, signal }: Ending, said: string, stop: AbortSignal): Refusal[] {
  if (exitCode === 0) return [];
  if (stop.aborted) return refuseAll(mail, { why: 'no answer in time', permanent: false });
  const how = exitCode === null ? `ended by ${signal}` : `failed with exit code ${exitCode}`;
  const permanent = exitCode !== null && !passing.includes(exitCode);
  return refuseAll(mail, { why: said === '' ? how : `${how}: ${said}`, permanent });
}

/** On a pipe between programs, lines end as those of any text (LSB sendmail(8)). */
function withNewlines(raw: Buffer): Buffer {
  return Buffer.from(raw.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}

/** Written by position, which leaves the file at its start for whoever reads it. */
function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at);
}

function lastLine(file: number): string {
  const bytes = Buffer.alloc(longestMessage);
  const length = readSync(file, bytes, 0, bytes.length, 0);
  return bytes.subarray(0, length).toString('utf8').trim().split('\n').at(-1) ?? '';
}

function openTemporary(open: number[]): number {
  const file = openUnnamed(join(tmpdir(), `hcoop-mail-${randomBytes(8).toString('hex')}`));
  open.push(file);
  return file;
}
