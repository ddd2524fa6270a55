import { type Call, failure, inputPaths, usageError } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import { directoryItem } from './directory/dump.ts';
import type { Item } from './item.ts';
import { ldapItem } from './ldap/dump.ts';
import { mariadbItem } from './mariadb/dump.ts';
import type { command } from './options.ts';
import { postgresqlItem } from './postgresql/dump.ts';
import { redisItem } from './redis/dump.ts';
import { sqliteItem } from './sqlite/dump.ts';
import { isUrl, withoutSecrets } from './url.ts';

/** What each scheme of URLs leads to. */
const schemes: ReadonlyMap<string, (text: string) => Item> = new Map([
  ['postgresql', postgresqlItem],
  ['postgres', postgresqlItem],
  ['mariadb', mariadbItem],
  ['mysql', mariadbItem],
  ['sqlite', sqliteItem],
  ['ldap', ldapItem],
  ['ldapi', ldapItem],
  ['redis', redisItem],
]);

/** The items that are given, or on stdin. One that cannot be understood is a usage error: before anything is dumped. */
export async function wantedItems(call: Call<(typeof command)['options']>): Promise<Item[]> {
  const texts = new Set<BytePath>();
  for await (const batch of inputPaths(call, call.options)) for (const text of batch) texts.add(text);
  if (texts.size === 0) throw failure('items', 'nothing to dump was named');
  return [...texts].map(parseItem);
}

export function parseItem(text: BytePath): Item {
  if (!isUrl(text)) return directoryItem(text);
  const scheme = text.slice(0, text.indexOf(':'));
  const parse = schemes.get(scheme);
  if (parse === undefined)
    throw usageError(
      escapePath(withoutSecrets(text)),
      'no kind of database that is known',
      `known are: ${[...schemes.keys()].join(' ')}`,
    );
  return parse(text);
}
