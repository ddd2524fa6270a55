import { inputPaths, outputPaths, runCommand, usageError } from 'command-line';
import { explanation } from './explain.ts';
import { loadRules } from './load.ts';
import { Decider, excludes } from './match.ts';
import { command } from './options.ts';

runCommand(command, async (call) => {
  const { options } = call;
  if (options.invert && options.explain)
    throw usageError('--explain', 'cannot be combined with --invert', 'give one of them');
  const decider = new Decider(loadRules(options.exclude));
  const output = outputPaths(call, options);
  for await (const batch of inputPaths(call, options)) {
    for (const path of batch) {
      const rule = decider.decide(path);
      if (options.explain) await output.add(explanation(rule, path));
      else if (excludes(rule) === options.invert) await output.add(path);
    }
    await output.flush();
  }
});
