import { CommandError, type Report, runForeground } from 'command-line';
import type { Settings } from '../settings/schema.ts';

/** How long AFS and Kerberos may take, in seconds: a server of theirs that is down is not to keep the files waiting. */
const patience = 120;

/**
 * What AFS needs before a backup, where it is configured: `fs checkvolumes`, for names remembered from before a move would be
 * dumped; and credentials. Returns the beginning of a command line that runs another one with a ticket and a token that
 * k5start(1) keeps alive; an empty one where there are none to be had: all but the volumes is backed up without.
 */
export async function prepareAfs({ afs }: Settings, log: number, report: Report): Promise<readonly string[]> {
  if (afs === undefined) return [];
  await tryOut(['fs', 'checkvolumes'], 'volumes that were moved may be missing', log, report);
  const keep = ['k5start', '-q', '-t', '-a', '-K', '10', '-f', afs.keytab, '--', afs.principal];
  // k5start would try for ever to get its first ticket, and nothing would be backed up.
  return (await tryOut([...keep, 'true'], 'no volume can be dumped', log, report)) ? keep : [];
}

/** Whether a program ends well in time. Where not, that is a loss, and what it said is in the log. */
async function tryOut(argv: readonly string[], loss: string, log: number, report: Report): Promise<boolean> {
  const args = ['-k', '10', String(patience), ...argv];
  try {
    const { exitCode } = await runForeground({ command: 'timeout', args, stdio: ['ignore', log, log] });
    if (exitCode !== 0) report.loss(argv[0] ?? '', `failed with ${exitCode}: ${loss}`);
    return exitCode === 0;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    report.loss(error.what, `${error.why}: ${loss}`, error.hint);
    return false;
  }
}
