import { type Call, outputPaths, runCommand } from 'command-line';
import { openingOf } from 'sealed-file';
import { dumpVolumes } from './dump-volumes.ts';
import { checkDumps, extractVolumes } from './extract.ts';
import { wantedNames } from './input.ts';
import { command, directoryOf, modeOf } from './options.ts';
import { planDumps, tellNameless, tellUnknown } from './survey.ts';
import { Vos } from './vos.ts';

runCommand(command, async (call) => {
  const { options, report } = call;
  switch (modeOf(options)) {
    case 'dump': {
      const output = outputPaths(call, options);
      for (const path of await dumpVolumes(call)) await output.add(path);
      return output.flush();
    }
    case 'list':
      return listVolumes(call);
    case 'extract':
      return extractVolumes(call);
    case 'check':
      return checkDumps(directoryOf(options), openingOf(options), report);
  }
});

/** Writes the names of the volumes that would be dumped. */
async function listVolumes(call: Call<(typeof command)['options']>): Promise<void> {
  const { options, report } = call;
  const plan = await planDumps(new Vos(options), options, await wantedNames(call), report);
  tellUnknown(plan.unknown, report);
  tellNameless(plan.nameless, report);
  const output = outputPaths(call, options);
  for (const { name } of plan.volumes) await output.add(name);
  await output.flush();
}
