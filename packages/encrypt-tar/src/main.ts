import { isMainThread } from 'node:worker_threads';
import { type Call, outputPaths, runCommand } from 'command-line';
import { openingOf, sealingOf } from 'sealed-file';
import { checkArchives } from './check.ts';
import { compareTree } from './compare.ts';
import { createArchive } from './create.ts';
import { createDirectory } from './directory.ts';
import { extractArchives } from './extract.ts';
import { listArchives } from './list.ts';
import { isLookThread, runLooks } from './looks.ts';
import { command, directoryOf, modeOf } from './options.ts';
import { runTap } from './tap.ts';

if (isMainThread) runCommand(command, encryptTar);
else if (isLookThread()) runLooks();
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
      return checkArchives(directoryOf(options, '--check'), openingOf(options), call.report);
    case 'compare': {
      const output = outputPaths(call, options);
      const directory = directoryOf(options, '--compare');
      return compareTree(directory, options.compare ?? '', openingOf(options), output, call.report);
    }
  }
}
