import { type Call, failure, usageError } from 'command-line';
import type { command } from '../backup-options.ts';
import type { Settings } from '../settings/schema.ts';
import { readHistory } from './history.ts';
import { mailText } from './mail-text.ts';
import { tellOverdue } from './overdue.ts';
import { runsCompared } from './tell.ts';

/** `hcoop-backup report`: the mail of the last run as text; with `--overdue`, mails what nobody has been told. */
export async function reportWord(
  { options, operands, report, stdout }: Call<(typeof command)['options']>,
  settings: Settings,
): Promise<number> {
  if (operands.length > 1) throw usageError('report', 'takes no operands');
  if (options.overdue) {
    await tellOverdue(settings, options.config, report);
    return report.exitCode;
  }
  const history = readHistory(settings.state, report, runsCompared);
  const run = history.pop();
  if (run === undefined) throw failure('report', `no run is recorded in ${settings.state}`);
  stdout.write(mailText(run, history));
  return report.exitCode;
}
