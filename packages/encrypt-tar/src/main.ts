import { outputPaths, runCommand, usageError } from 'command-line';
import { checkArchives } from './check.ts';
import { createArchive, createDirectory } from './create.ts';
import { extractArchives } from './extract.ts';
import { archivesIn, listArchives } from './list.ts';
import { command, modeOf, openingOf, sealingOf } from './options.ts';

runCommand(command, async (call) => {
  const { options } = call;
  switch (modeOf(options)) {
    case 'create': {
      const made =
        options.directory === undefined
          ? await createArchive(call, options.output, sealingOf(options))
          : await createDirectory(call, options.directory, sealingOf(options));
      const output = outputPaths(call, options);
      for (const path of made) await output.add(path);
      return output.flush();
    }
    case 'list':
      return listArchives(call, openingOf(options), outputPaths(call, options));
    case 'extract':
      return extractArchives(call, archivesIn(call), openingOf(options));
    case 'check':
      if (options.directory === undefined) throw usageError('--check', 'no directory given', 'give -d DIR');
      return checkArchives(options.directory, openingOf(options), call.report);
  }
});
