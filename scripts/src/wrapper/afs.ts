import { writeSync } from 'node:fs';
import { ChildFailure, CommandError, captureOutput, failure, findProgram, type Report } from 'command-line';
import { escapeText } from 'path-stream';
import type { Settings } from '../settings/schema.ts';

/** How long AFS and Kerberos may take, in seconds: a server of theirs that is down is not to keep the files waiting. */
const patience = 120;

/**
 * What AFS needs before a backup, where it is configured with a keytab: `fs checkvolumes`, for names remembered from before a move would
 * be dumped; and credentials. Returns the beginning of a command line that runs another one with a ticket and a token that
 * k5start(1) keeps alive; an empty one where there are none to be had: all but the volumes is backed up without, or nothing, as configured.
 */
export async function prepareAfs({ afs }: Settings, log: number, report: Report): Promise<readonly string[]> {
  if (afs?.keytab === undefined) return [];
  await tryOut(['fs', 'checkvolumes'], 'volumes that were moved may be missing', log, report);
  const who = afs.principal === undefined ? ['-U', '--'] : ['--', afs.principal];
  // Without -K: with it, k5start would try for ever to get its first ticket, and nothing would be backed up.
  const keep = ['k5start', '-q', '-t', '-a', '-f', afs.keytab, ...who];
  const loss = 'no volume can be dumped';
  const held = await tryOut([...keep, 'tokens'], loss, log, report);
  // It goes on where aklog has failed.
  const hasToken = held !== undefined && /tokens for /i.test(held);
  if (held !== undefined && !hasToken)
    report.loss(
      'aklog',
      `there is a ticket, but no token came of it: ${loss}`,
      'the log of the run has what it said',
    );
  if (!hasToken && afs.on_failure === 'stop')
    throw failure(
      'backup',
      'not begun: there is no AFS token',
      'on_failure = "continue" backs up all but the volumes',
    );
  return hasToken ? keep : [];
}

/** What a program writes, if it ends well in time. Where it does not, that is a loss; what it said is in the log. */
async function tryOut(
  [program = '', ...args]: readonly string[],
  loss: string,
  log: number,
  report: Report,
): Promise<string | undefined> {
  const limit = ['-k', '10', String(patience)];
  const onMessage = (line: string): void => void writeSync(log, `${escapeText(line)}\n`);
  try {
    findProgram(program);
    const stage = {
      command: 'timeout',
      name: program,
      args: [...limit, program, ...args],
      onMessage,
      noise: /^/,
    };
    return (await captureOutput(stage)).toString('latin1');
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const isLate = error instanceof ChildFailure && error.childExitCode === 124;
    report.loss(error.what, `${isLate ? `no answer within ${patience} s` : error.why}: ${loss}`, error.hint);
    return undefined;
  }
}
