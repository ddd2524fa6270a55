import { type Call, inputPaths, outputPaths } from 'command-line';
import type { Judge } from './candidates.ts';
import { missing } from './missing.ts';
import type { command } from './options.ts';
import type { StartingPoint } from './roots.ts';
import { type Ground, Walk } from './walk.ts';

export type Invocation = Call<(typeof command)['options']>;

/** What a walk finds. */
export async function writeWalk(
  call: Invocation,
  starts: readonly StartingPoint[],
  ground: Ground,
): Promise<void> {
  const output = outputPaths(call, call.options);
  for await (const batch of new Walk(ground).from(starts)) {
    for (const { word, directory, names } of batch) {
      const drained = output.addAll(prefix(call, word) + directory, names);
      if (drained !== undefined) await drained; // waiting for nothing costs more than all else here
    }
    await output.flush();
  }
}

/** What of stdin no package can bring back. */
export async function writeCandidates(call: Invocation, judge: Judge): Promise<void> {
  const output = outputPaths(call, call.options);
  for await (const batch of inputPaths(call, call.options)) {
    for (const { word, path } of await judge.judge(batch)) await output.add(prefix(call, word) + path);
    await output.flush();
  }
}

/** What is gone. */
export async function writeMissing(
  call: Invocation,
  starts: readonly StartingPoint[],
  ground: Pick<Ground, 'root' | 'tree' | 'report'>,
): Promise<void> {
  const output = outputPaths(call, call.options);
  for (const { path } of starts) for (const gone of missing(path, ground)) await output.add(gone);
  await output.flush();
}

function prefix({ options }: Invocation, word: string): string {
  return options.reasons || options.classes ? `${word}\t` : '';
}
