import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ChildFailure, captureOutput, failure, type Report, type Stage, usageError } from 'command-line';
import { escapePath, escapeText, toText } from 'path-stream';
import { z } from 'zod';

/** How a host is reached: by ssh, as its configuration says. */
export interface Remote {
  readonly host: string;
  readonly sshConfig: string | undefined;
  readonly report: Report;
}

/** A host's name is a word for ssh, and a directory here. */
export function checkHost(host: string): void {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._@-]*[A-Za-z0-9])?$/.test(host))
    throw usageError(host, 'not a host', '[USER@]NAME; what else ssh needs stands in its configuration');
}

/** ssh without a question to anybody: nobody is there to answer at night. */
export function sshArguments({ sshConfig }: Pick<Remote, 'sshConfig'>): string[] {
  return [...(sshConfig === undefined ? [] : ['-F', sshConfig]), '-o', 'BatchMode=yes', '-T'];
}

/** One word of the gate's on a host. What the host says on stderr goes on, marked as its own. */
function sshStage(remote: Remote, word: string, accept: readonly number[]): Stage {
  return {
    name: `${remote.host}: ${word}`,
    command: 'ssh',
    args: [...sshArguments(remote), remote.host, word],
    accept: (exitCode) => accept.includes(exitCode),
    onMessage: (line) =>
      remote.report.note(`${remote.host} says`, escapeText(toText(line) ?? escapePath(line))),
  };
}

/** Has the host back itself up, and waits for it. Returns the directory that it published. */
export async function requestBackup(remote: Remote): Promise<string> {
  // 1: published, but incomplete. The date tells, when it is verified.
  const said = (await captureOutput(sshStage(remote, 'backup', [0, 1]))).toString();
  const path = said.trim().replace(/\/$/, '');
  if (!/^\/[A-Za-z0-9._,/=@:+-]+$/.test(path)) throw failure(`${remote.host}: backup`, 'named no date');
  return path;
}

const status = z.object({
  latest: z.object({ path: z.string().regex(/^\/[A-Za-z0-9._,/=@:+-]+$/) }).nullable(),
  signingKey: z
    .string()
    .regex(/^ssh-ed25519 [A-Za-z0-9+/=]{60,100}(?: [A-Za-z0-9@._-]*)?$/)
    .nullable(),
});

/** What the host says of itself. It is not trusted: nothing but what is of the form is taken from it. */
export async function requestStatus(remote: Remote): Promise<z.infer<typeof status>> {
  const text = (await captureOutput(sshStage(remote, 'status', [0, 1]))).toString();
  try {
    return status.parse(JSON.parse(text));
  } catch {
    throw failure(`${remote.host}: status`, 'not a status');
  }
}

/** Hands a signed receipt in. */
export async function sendReceipt(remote: Remote, file: string): Promise<void> {
  try {
    await captureOutput(sshStage(remote, 'receipt', [0]), (stdin) => pipeline(createReadStream(file), stdin));
  } catch (error) {
    if (!(error instanceof ChildFailure)) throw error;
    remote.report.loss(error.what, error.why, 'the date is here and verified; the host does not know');
  }
}
