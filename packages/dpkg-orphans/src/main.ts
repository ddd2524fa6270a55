import { outputPaths, runCommand } from 'command-line';
import { readDatabase } from './database.ts';
import { readMounts } from './mounts.ts';
import { command } from './options.ts';
import { startingPoints } from './roots.ts';
import { walk } from './walk.ts';

runCommand(command, async (call) => {
  const { report } = call;
  const roots = startingPoints(call.operands);
  const owned = readDatabase('/var/lib/dpkg', report);
  const mounts = readMounts();
  const output = outputPaths(call, call.options);
  for await (const batch of walk(roots, owned, mounts, report)) {
    for (const { reason, path } of batch)
      await output.add(call.options.reasons ? `${reason}\t${path}` : path);
    await output.flush();
  }
});
