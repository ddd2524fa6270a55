import { isMainThread } from 'node:worker_threads';
import { type Call, outputPaths, runCommand, usageError } from 'command-line';
import { checkArchives } from './check.ts';
import { createArchive } from './create.ts';
import { createDirectory } from './directory.ts';
import { extractArchives } from './extract.ts';
import { listArchives } from './list.ts';
import { command, modeOf, openingOf, sealingOf } from './options.ts';
import { runTap } from './tap.ts';

if (isMainThread) runCommand(command, encryptTar);
else runTap();

async function encryptTar(call: Call<(typeof command)['options']>): Promise<void> {
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
      return extractArchives(call, openingOf(options));
    case 'check':
      if (options.directory === undefined) throw usageError('--check', 'no directory given', 'give -d DIR');
      return checkArchives(options.directory, openingOf(options), call.report);
  }
}
