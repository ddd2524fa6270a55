import { type Call, failure, inputPaths, readsStdin } from 'command-line';
import type { command } from './options.ts';

/** The names of volumes that are given, or on stdin; undefined where all of a server are meant. */
export async function wantedNames(
  call: Call<(typeof command)['options']>,
): Promise<ReadonlySet<string> | undefined> {
  const { operands, options } = call;
  if (operands.length === 0 && options.server !== undefined) return undefined;
  const names = new Set<string>();
  for await (const batch of inputPaths(call, options)) for (const name of batch) names.add(name);
  if (names.size === 0) throw failure(readsStdin(call) ? 'input' : 'volumes', 'no volume named');
  return names;
}
