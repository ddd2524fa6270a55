import { type Call, inputPaths } from 'command-line';
import { isCovered, runningServers } from './discover.ts';
import { exclusion } from './exclude.ts';
import type { Item } from './item.ts';
import { parseItem, wantedItems } from './items.ts';
import { limitsOf } from './limits.ts';
import { tellFailure } from './losses.ts';
import type { command } from './options.ts';
import { titleOf } from './source.ts';

type SurveyCall = Call<(typeof command)['options']>;

/** What would be dumped, by the items and names. */
export async function listDatabases(call: SurveyCall): Promise<string[]> {
  const { options, report } = call;
  const titles: string[] = [];
  for (const item of await wantedItems(call))
    try {
      titles.push(...(await item.find(limitsOf(options), report)).sources.map(titleOf));
    } catch (error) {
      tellFailure(item.text, error, report);
    }
  return titles;
}

/** The servers that run on this host and that none of the items is about: as the URLs that would be items. */
export async function listUncovered(call: SurveyCall): Promise<string[]> {
  const { operands, options } = call;
  const items: Item[] = [];
  if (operands.length > 0)
    for await (const batch of inputPaths(call, options)) items.push(...batch.map(parseItem));
  const isExcluded = exclusion(options.exclude);
  return runningServers()
    .filter((server) => !isExcluded(server.url, server.engine) && !isCovered(server, items))
    .map(({ url }) => url);
}
