import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Report, runPipeline, withScratch } from 'command-line';
import { type BytePath, readPaths } from 'path-stream';
import { storeFile } from 'sealed-file';
import { listFiles } from '../selection/list-files.ts';
import { filterStage } from '../selection/rules.ts';
import type { Settings } from '../settings/schema.ts';

/** How many paths of the last run some rules are for: of those that were stored, and of those that nobody expected. */
export interface Matches {
  readonly stored: number;
  readonly annoying: number;
}

/** Counts them with path-filter itself; undefined where there was no run yet. */
export async function matchesOf(
  rules: readonly BytePath[],
  settings: Settings,
  report: Report,
): Promise<Matches | undefined> {
  const { paths, stored, annoying } = listFiles(settings);
  const list = existsSync(paths) ? paths : stored;
  if (!existsSync(list) || !existsSync(annoying)) return undefined;
  return await withScratch(settings.state, '.rule', report, async (directory) => {
    const file = join(directory, 'new.rules');
    await storeFile(
      file,
      async (handle) =>
        void (await handle.writeFile(Buffer.from(rules.map((rule) => `${rule}\n`).join(''), 'latin1'))),
    );
    return { stored: await count(file, list, report), annoying: await count(file, annoying, report) };
  });
}

async function count(rules: string, list: string, report: Report): Promise<number> {
  const input = await open(list);
  let matched = 0;
  try {
    await runPipeline([filterStage([rules], report, ['--invert'])], {
      input: input.fd,
      output: async (stdout) => {
        for await (const batch of readPaths(stdout, '\0')) matched += batch.length;
      },
    });
    return matched;
  } finally {
    await input.close();
  }
}
