import { closeSync } from 'node:fs';
import { CommandError, inputRecords, outputPaths } from 'command-line';
import { openDate } from 'date-tree';
import { judge } from './grammar.ts';
import type { GateCall } from './options.ts';
import type { GateSettings } from './settings.ts';

/** Writes for each command line (an operand, or a record of stdin) what serving it would come to: one record each. */
export async function check(call: GateCall, { root }: GateSettings): Promise<void> {
  const output = outputPaths(call, call.options);
  // Records, not paths: an empty command line is one to be judged like any other.
  for await (const batch of inputRecords(call, call.options)) {
    for (const line of batch) await output.add(verdict(line, root));
    await output.flush();
  }
}

/** `allow`, or `deny`, a tab and the reason. */
export function verdict(line: string, root: string): string {
  const judged = judge(line, root);
  if ('refused' in judged) return `deny\t${judged.refused}`;
  if (judged.request.kind !== 'pull') return 'allow';
  try {
    closeSync(openDate(root, judged.request.date));
    return 'allow';
  } catch (error) {
    if (error instanceof CommandError) return `deny\t${error.message}`;
    throw error;
  }
}
