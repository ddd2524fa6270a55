import { type Call, type Report, usageError } from 'command-line';
import { groupId, makeTree, shareTree } from 'date-tree';
import { escapePath, toText } from 'path-stream';
import type { command } from './backup-options.ts';
import { runOwn } from './commands.ts';
import { recordDrill } from './drill/record.ts';
import { explain } from './explain/explain.ts';
import { hold, release } from './hold.ts';
import { reportWord } from './report/report-word.ts';
import { addRules } from './rules/add-rules.ts';
import type { Settings } from './settings/schema.ts';

/** The words beside a run: explain, expect, exclude, hold, record-drill, release, report, status. Returns the exit code. */
export async function manage(call: Call<(typeof command)['options']>, settings: Settings): Promise<number> {
  const { options, operands, report, stdin, stdout } = call;
  if (operands[0] === 'explain') {
    for await (const block of explain(operands.slice(1), settings, report)) stdout.write(block);
    return 0;
  }
  if (operands[0] === 'expect' || operands[0] === 'exclude') {
    await addRules(operands[0], operands.slice(1), settings, report);
    return report.exitCode;
  }
  if (operands[0] === 'report') return reportWord(call, settings);
  const [word = '', ...rest] = operands.map((operand) => toText(operand) ?? escapePath(operand));
  if (word === 'hold') {
    await openStaging(settings, report);
    hold(settings.staging, rest.join(' '), report);
    return 0;
  }
  if (word === 'record-drill' && rest.length === 0) {
    await openStaging(settings, report);
    await recordDrill(settings, stdin(), report);
    return report.exitCode;
  }
  if (rest.length > 0 || (word !== 'release' && word !== 'status'))
    throw usageError(
      operands.map(escapePath).join(' '),
      'not taken',
      'explain, expect or exclude PATH, hold REASON, record-drill, release, report or status',
    );
  if (word === 'status') {
    const config = options.config === undefined ? [] : ['--config', options.config];
    return runOwn('rsync-gate', ['status', ...config, '--root', settings.staging], report);
  }
  release(settings.staging, report);
  return 0;
}

/** Makes the staging directory where it is missing, for the pulling group to read. */
export async function openStaging({ staging, group }: Settings, report: Report): Promise<void> {
  makeTree(staging);
  await shareTree(staging, await groupId(group, report), report);
}
