import { CommandError, interruption, type Report, usageError } from 'command-line';
import { escapePath } from 'path-stream';
import picomatch from 'picomatch';
import type { Listed } from './listed.ts';
import type { Options } from './options.ts';
import { type Nameless, takeStock, unexplained, type Volume } from './stock.ts';
import type { Site, VldbEntry } from './vldb.ts';
import type { Vos } from './vos.ts';

/** What a run is to do: every volume that was asked for is in one of these. */
export interface Plan {
  readonly volumes: readonly Volume[];
  /** Names that nothing is known of. */
  readonly unknown: readonly string[];
  readonly nameless: readonly Nameless[];
  /** Names that a pattern takes out. */
  readonly excluded: readonly string[];
  /** Of a server, those that nobody asked for. */
  readonly others: readonly string[];
}

/** Names what was asked for and is nowhere. */
export function tellUnknown(unknown: readonly string[], report: Report): void {
  for (const name of unknown)
    report.loss(escapePath(name), 'no read-write volume of that name', 'vos listvldb tells which there are');
}

/** Those volumes without a name that are there still: a clone that another operation makes for itself is gone after it. */
export async function stillNameless(vos: Vos, before: readonly Nameless[]): Promise<Nameless[]> {
  const listed: Listed[] = [];
  for (const server of new Set(before.map((one) => one.server)))
    listed.push(...(await vos.list(server, undefined)));
  const there = new Set(listed.filter(({ header }) => (header?.type ?? 'RW') === 'RW').map(({ id }) => id));
  return before.filter(({ id }) => there.has(id));
}

/** Names what is there and has no name. */
export function tellNameless(nameless: readonly Nameless[], report: Report): void {
  for (const { id, status } of nameless)
    report.loss(
      `volume ${id}`,
      `${status.toLowerCase()}, and in no VLDB entry: nobody knows its name`,
      'see vos examine, vos status',
    );
}

const defaultExclude = ['*not-backed-up*'];

/** So many volumes in a row that give no answer are enough to know that none will. */
const enoughSilence = 3;

/**
 * Looks up what is to be dumped: the volumes of a server, or those named, wherever they are. The VLDB and the servers' own lists
 * are compared, so that what one of them does not know is found in the other.
 */
export async function planDumps(
  vos: Vos,
  options: Pick<Options, 'server' | 'partition' | 'exclude'>,
  names: ReadonlySet<string> | undefined,
  report: Report,
): Promise<Plan> {
  const { server } = options;
  const partition = partitionName(options.partition);
  const entries = await vos.vldb({ server });
  const wanted = (name: string): boolean => names === undefined || names.has(name);
  const servers = server === undefined ? serversOf(entries, wanted) : [server];
  const stocks = [];
  for (const one of servers)
    stocks.push(
      await stockOf(vos, one, partition, entries, server === undefined, report).catch((error: unknown) => {
        // One of several that is down does not keep the others' volumes from being dumped.
        if (servers.length === 1 || !(error instanceof CommandError) || interruption.aborted) throw error;
        report.note(one, error.message);
        return silentStock(one, entries);
      }),
    );
  const there = stocks.flatMap(({ volumes }) => volumes);
  const all = there.filter(({ name }) => wanted(name));
  const found = new Set(all.map(({ name }) => name));
  const isExcluded = picomatch(options.exclude.length > 0 ? [...options.exclude] : defaultExclude, {
    dot: true,
    nobrace: true,
    noextglob: true,
    nonegate: true,
  });
  return {
    volumes: all.filter(({ name }) => !isExcluded(name)),
    unknown: [...(names ?? [])].filter((name) => !found.has(name)),
    nameless: names === undefined ? stocks.flatMap(({ nameless }) => nameless) : [],
    excluded: [...found].filter((name) => isExcluded(name)),
    others: server === undefined ? [] : there.map(({ name }) => name).filter((name) => !wanted(name)),
  };
}

function serversOf(entries: readonly VldbEntry[], wanted: (name: string) => boolean): string[] {
  const sites = entries.filter(({ name }) => wanted(name)).map(({ site }) => site?.server);
  return [...new Set(sites.filter((server) => server !== undefined))];
}

/** Of a server that does not answer, what the VLDB has. */
function silentStock(server: string, entries: readonly VldbEntry[]): ReturnType<typeof takeStock> {
  const volumes = entries.flatMap(({ name, readWrite: id, site }): Volume[] =>
    id !== undefined && site?.server === server
      ? [{ name, id, ...site, header: undefined, condition: 'silent' }]
      : [],
  );
  return { volumes, nameless: [] };
}

/** What one server has. */
async function stockOf(
  vos: Vos,
  server: string,
  partition: string | undefined,
  entries: readonly VldbEntry[],
  isAddress: boolean,
  report: Report,
) {
  const addresses = new Set([server, ...(isAddress ? [] : await vos.addresses(server))]);
  const isHere = (site: Site): boolean =>
    addresses.has(site.server) && (partition === undefined || site.partition === partition);
  const listed = await listedOn(
    vos,
    server,
    partition,
    entries.filter(({ site }) => site && isHere(site)),
    report,
  );
  const elsewhere = new Map<number, VldbEntry>();
  for (const id of unexplained({ entries, listed })) {
    const entry = await lookUp(vos, id);
    if (entry !== undefined) elsewhere.set(id, entry);
  }
  return takeStock({ entries, listed, elsewhere }, isHere);
}

/**
 * The server's own list. A volume that is damaged can keep it from coming (with a salvager that does not run): then each volume
 * is asked for by itself.
 */
async function listedOn(
  vos: Vos,
  server: string,
  partition: string | undefined,
  entries: readonly VldbEntry[],
  report: Report,
): Promise<Listed[]> {
  try {
    return await vos.list(server, partition);
  } catch (error) {
    if (!(error instanceof CommandError) || interruption.aborted || !(await vos.answers(server))) throw error;
    report.loss(
      server,
      `no list of its volumes: ${error.message}`,
      'volumes that are not in the VLDB are not found so',
    );
  }
  const listed: Listed[] = [];
  let silence = 0;
  for (const { readWrite: id = 0, site } of entries) {
    const found = silence < enoughSilence ? await askFor(vos, id, server) : 'silence';
    silence = found === 'silence' ? silence + 1 : 0;
    if (found === 'silence')
      listed.push({
        id,
        server,
        partition: site?.partition ?? '',
        status: 'UNATTACHABLE',
        header: undefined,
      });
    else if (found) listed.push(found);
  }
  return listed;
}

async function askFor(vos: Vos, id: number, server: string): Promise<Listed | 'silence' | undefined> {
  try {
    return await vos.examine(id, server);
  } catch (error) {
    if (!(error instanceof CommandError) || interruption.aborted) throw error;
    return 'silence';
  }
}

/** The VLDB's entry of a volume that none of those at hand explains. */
async function lookUp(vos: Vos, id: number): Promise<VldbEntry | undefined> {
  try {
    return (await vos.vldb({ volume: String(id) }))[0];
  } catch (error) {
    if (error instanceof CommandError && /no such entry/i.test(error.why)) return undefined;
    throw error;
  }
}

/** `a`, `vicepa` and `/vicepa` are one. */
function partitionName(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const letters = /^(?:\/?vicep)?([a-z]{1,2})$/.exec(given)?.[1];
  if (letters === undefined)
    throw usageError('--partition', `not a partition: ${given}`, 'a, vicepa or /vicepa');
  return `/vicep${letters}`;
}
