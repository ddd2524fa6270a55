import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Report, version } from 'command-line';
import { listDates } from 'date-tree';
import { storeFile } from 'sealed-file';
import { keptDates } from '../date/kept.ts';
import { type PulledHost, pullsPage } from '../report/page/pulls-page.ts';
import type { Pulled } from './host.ts';

/** Writes the page of all hosts that are kept below the destination, those too that were not pulled now. */
export async function writePullsPage(
  file: string,
  destination: string,
  results: readonly Pulled[],
  report: Report,
): Promise<void> {
  const hosts = hostNames(destination, results).map((name): PulledHost => {
    const pulled = results.find(({ host }) => host === name);
    const pull = pulled && { pull: { result: pulled.result, failed: pulled.path === undefined } };
    return { name, dates: keptDates(join(destination, name), report), ...pull };
  });
  const page = pullsPage({ hosts, now: new Date().toISOString(), version });
  await storeFile(file, async (handle) => {
    await handle.writeFile(page);
  });
}

function hostNames(destination: string, results: readonly Pulled[]): string[] {
  const kept = readdirSync(destination, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && listDates(join(destination, entry.name)).length > 0)
    .map(({ name }) => name);
  return [...new Set([...kept, ...results.map(({ host }) => host)])].sort();
}
