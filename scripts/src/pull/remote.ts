import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandError, captureOutput, failure, type Report, type Stage, usageError } from 'command-line';
import { isDate, plainPath } from 'date-tree';
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

/** The directory of a date on the host, as the host writes it. What it writes is not trusted: it names places here too. */
function isDatePath(path: string): boolean {
  return plainPath.test(path) && isDate(basename(path));
}

/**
 * ssh without a question to anybody, for nobody is there to answer at night; without anything of ours that the host could
 * use; and not for longer than a connection lives.
 */
export function sshCommand({ sshConfig }: Pick<Remote, 'sshConfig'>): string[] {
  const config = sshConfig === undefined ? [] : ['-F', sshConfig];
  const settings = [
    'BatchMode=yes',
    'ClearAllForwardings=yes',
    'ServerAliveInterval=60',
    'ServerAliveCountMax=10',
  ];
  return ['ssh', ...config, ...settings.flatMap((setting) => ['-o', setting]), '-a', '-x', '-T'];
}

/** How long a word may take, in seconds: a host that never answers is not to keep the others waiting for ever. */
const longest = { backup: 86_400, status: 120, receipt: 120 } as const;

/** So much of what a host says is passed on. */
const mostLines = 200;

/** One word of the gate's on a host. What the host says on stderr goes on, marked as its own. */
function sshStage(remote: Remote, word: keyof typeof longest, accept: readonly number[]): Stage {
  let lines = 0;
  return {
    name: `${remote.host}: ${word}`,
    command: 'timeout',
    args: [String(longest[word]), ...sshCommand(remote), remote.host, word],
    accept: (exitCode) => accept.includes(exitCode),
    onMessage: (line) => {
      lines += 1;
      const text =
        lines === mostLines ? '… and more, which is left out' : escapeText(toText(line) ?? escapePath(line));
      if (lines <= mostLines) remote.report.note(`${remote.host} says`, text.slice(0, 1000));
    },
  };
}

/** Has the host back itself up, and waits for it. Returns the directory that it published; any failure is a CommandError. */
export async function requestBackup(remote: Remote): Promise<string> {
  // 1: published, but incomplete. The date tells, when it is verified.
  const said = (await captureOutput(sshStage(remote, 'backup', [0, 1]))).toString();
  const path = said.trim().replace(/\/$/, '');
  if (!isDatePath(path)) throw failure(`${remote.host}: backup`, 'named no date');
  return path;
}

const status = z.object({
  latest: z.object({ path: z.string().refine(isDatePath) }).nullable(),
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
export async function sendReceipt(remote: Remote, receipt: string): Promise<void> {
  try {
    await captureOutput(sshStage(remote, 'receipt', [0]), (stdin) =>
      pipeline(Readable.from([receipt]), stdin),
    );
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    remote.report.loss(error.what, error.why, 'the date is here and verified; the host does not know');
  }
}
