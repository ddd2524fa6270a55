import {
  type Call,
  inputBlocks,
  inputPaths,
  nameEmptyPath,
  outputPaths,
  readsStdin,
  runCommand,
  usageError,
} from 'command-line';
import { explanation } from './explain.ts';
import { filterBlock } from './filter.ts';
import { loadRules } from './load.ts';
import { Decider, excludes } from './match.ts';
import { command } from './options.ts';

type PathCall = Call<typeof command.options>;

runCommand(command, async (call) => {
  const { options } = call;
  if (options.invert && options.explain)
    throw usageError('--explain', 'cannot be combined with --invert', 'give one of them');
  const decider = new Decider(loadRules(options.exclude));
  if (readsStdin(call) && !options.explain) await filterStdin(call, decider);
  else await filterPaths(call, decider);
});

/** The fast way, for millions of paths: no path becomes a string, and the output is the input with parts left out. */
async function filterStdin(call: PathCall, decider: Decider): Promise<void> {
  const output = outputPaths(call, call.options);
  const onEmpty = (): void => nameEmptyPath(call);
  for await (const block of inputBlocks(call, call.options))
    await output.addRecords(filterBlock(block, decider, call.options.invert, onEmpty));
}

async function filterPaths(call: PathCall, decider: Decider): Promise<void> {
  const { options } = call;
  const output = outputPaths(call, options);
  for await (const batch of inputPaths(call, options)) {
    for (const path of batch) {
      const rule = decider.decide(path);
      if (options.explain) await output.add(explanation(rule, path));
      else if (excludes(rule) === options.invert) await output.add(path);
    }
    await output.flush();
  }
}
