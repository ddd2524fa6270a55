import { captureOutput, failure, type Stage, usageError } from 'command-line';
import { escapePath, fromText, toFs, toText } from 'path-stream';
import { usualSlapd } from '../discover.ts';
import { runDumpProgram } from '../dump-program.ts';
import type { Found, Item } from '../item.ts';
import { besideStem, readable, serverName, stemOf } from '../names.ts';
import { ownerOf } from '../owner.ts';
import type { Source } from '../source.ts';
import { parseUrl, type Url } from '../url.ts';

/** The slapd of this host, or one of its suffixes. slapcat reads its files, so no password is needed, and no server. */
export function ldapItem(text: string): Item {
  const url = parseUrl(text, ['config']);
  if (url.host !== undefined || url.user !== undefined)
    throw usageError(
      escapePath(text),
      'names a server',
      'slapcat reads the files of the slapd of this host: ldap:///SUFFIX?config=DIR',
    );
  return {
    text: url.text,
    engine: 'ldap',
    covers: url.path === undefined ? [readable(url.query.get('config') ?? usualSlapd)] : [],
    find: () => findSuffixes(url),
  };
}

async function findSuffixes(url: Url): Promise<Found> {
  const config = url.query.get('config') ?? usualSlapd;
  const server = serverName('ldap', url.query.get('config'));
  const common = { engine: 'ldap', item: url.text } as const;
  const dump = (which: readonly string[]): Source['dump'] => {
    return async (pass) => runDumpProgram(await slapcat(config, which), pass);
  };
  const configuration: Source = {
    ...common,
    ...{ name: 'configuration', kind: 'globals', file: `${besideStem(server, 'configuration')}.ldif` },
    dump: dump(['-n', '0']),
  };
  const all = await suffixesOf(config);
  const wanted = url.path === undefined ? all : all.filter(({ suffix }) => suffix === toText(url.path ?? ''));
  if (wanted.length === 0)
    throw failure(
      escapePath(url.path ?? config),
      'there is no such suffix',
      `there are: ${all.map(({ suffix }) => suffix).join(' ')}`,
    );
  const databases = wanted.map(
    ({ number, suffix }): Source => ({
      ...common,
      ...{ name: suffix, kind: 'database', file: `${stemOf(server, fromText(suffix))}.ldif` },
      dump: dump(['-n', String(number)]),
    }),
  );
  return {
    sources: url.path === undefined ? [configuration, ...databases] : databases,
    missing: [],
    excluded: [],
  };
}

/**
 * As the owner of the configuration: what root makes beside a database of a slapd that is down, slapd could not open any more. `-g`: what
 * hangs below another database's suffix is in a dump of its own, and not in that one's too (slapcat(8)).
 */
async function slapcat(config: string, args: readonly string[]): Promise<Stage> {
  const user = await ownerOf(toFs(config));
  return {
    command: 'slapcat',
    args: ['-F', toText(config) ?? config, '-o', 'ldif-wrap=no', '-g', ...args],
    cwd: '/',
    ...(user && { user }),
  };
}

/** The suffixes of the databases that have entries of their own, in the order of their numbers. */
async function suffixesOf(config: string): Promise<{ number: number; suffix: string }[]> {
  const ldif = (await captureOutput(await slapcat(config, ['-n', '0', '-a', '(olcSuffix=*)']))).toString();
  return ldif.split('\n\n').flatMap((entry) => {
    const number = Number(/^dn: olcDatabase=\{(\d+)\}(?!monitor|relay|null)/im.exec(entry)?.[1] ?? 0);
    const [, plain, coded] = /^olcSuffix:(?: (.*)|: (.*))$/im.exec(entry) ?? [];
    const suffix = plain ?? (coded === undefined ? undefined : Buffer.from(coded, 'base64').toString());
    return number === 0 || suffix === undefined ? [] : [{ number, suffix }];
  });
}
