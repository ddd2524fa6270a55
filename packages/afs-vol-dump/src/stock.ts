import type { Header, Listed } from './listed.ts';
import type { Site, VldbEntry } from './vldb.ts';

/** A read-write volume that is to be dumped, or named as one that is not. */
export interface Volume extends Site {
  readonly name: string;
  readonly id: number;
  readonly condition: Condition;
  /** Where its server tells it. */
  readonly header: Header | undefined;
}

export type Condition = keyof typeof table;

/** What becomes of a volume. */
export interface Handling {
  /** Dumped: always, only where there is no earlier dump of it, or never. */
  readonly dump: 'always' | 'first' | 'never';
  /** Whether earlier dumps of it are kept; not where they are another volume's business. */
  readonly keep?: false;
  /** It may be over in a while, and is not dumped before that. */
  readonly wait?: readonly [why: string, hint: string];
  /** Nobody uses it, and it cannot be cloned: it is dumped itself. */
  readonly withoutClone?: true;
  /** What makes the run incomplete, even where it is dumped; and what to do about it. */
  readonly loss?: readonly [why: string, hint: string];
}

const salvage = 'see the SalvageLog of its server; bos salvage brings it back';

/** By what its server and the VLDB tell of it. */
const table = {
  online: { dump: 'always' },
  busy: { dump: 'always', wait: ['busy: another operation has it', 'vos status tells which'] },
  unattachable: {
    dump: 'always',
    wait: ['cannot be attached: it needs to be salvaged, or is just being', salvage],
  },
  offline: {
    dump: 'first',
    withoutClone: true,
    loss: ['off-line', 'vos online brings it back, if it is not off-line on purpose'],
  },
  damaged: { dump: 'first', withoutClone: true, loss: ['needs to be salvaged', salvage] },
  renamed: {
    dump: 'first',
    withoutClone: true,
    loss: ['renamed by the salvager: not all of it may be there', salvage],
  },
  unlisted: { dump: 'always', loss: ['on the disk, but not in the VLDB', 'vos syncvldb puts it there'] },
  misnamed: {
    dump: 'always',
    loss: ['under another name on its server than in the VLDB', 'vos rename, or vos syncvldb'],
  },
  silent: { dump: 'never', loss: ['its server does not answer', 'is the server up?'] },
  misplaced: {
    dump: 'always',
    loss: ['on another partition than the VLDB has it: nobody can reach it', 'vos syncvldb puts that right'],
  },
  namesake: {
    dump: 'never',
    keep: false,
    loss: [
      'on the disk, but not in the VLDB, where another volume has its name',
      'vos zap or vos restore under another name, once it is known what it is',
    ],
  },
  missing: { dump: 'never', loss: ['in the VLDB, but not on the disk', 'vos syncserv, or restore it'] },
  stale: {
    dump: 'never',
    keep: false,
    loss: [
      'left over: the VLDB has it elsewhere',
      'vos zap removes it, once the other one is known to be good',
    ],
  },
} as const satisfies Record<string, Handling>;

/** What becomes of a volume in a condition. */
export function handlingOf({ condition }: Volume): Handling {
  return table[condition];
}

/** A volume on a disk that has no name: its server does not tell, and the VLDB does not know. */
export interface Nameless {
  readonly id: number;
  readonly server: string;
  readonly status: Listed['status'];
}

/** What there is on a server, by the VLDB and by its own list. */
export interface Inventory {
  readonly entries: readonly VldbEntry[];
  readonly listed: readonly Listed[];
  /** Of read-write volumes on its disks that none of the entries has there: where the VLDB has them, if it does. */
  readonly elsewhere: ReadonlyMap<number, VldbEntry>;
}

/** The read-write volumes of a server, each with its condition, in the order of their names; and what has no name. */
export function takeStock(
  { entries, listed, elsewhere }: Inventory,
  isHere: (site: Site) => boolean,
): { volumes: Volume[]; nameless: Nameless[] } {
  const here = entries.filter(({ readWrite, site }) => readWrite !== undefined && site && isHere(site));
  const rest = new Map(listed.map((one) => [keyOf(one.id, one), one]));
  const volumes = here.map(({ name, readWrite: id = 0, site }): Volume => {
    const key = keyOf(id, site);
    const found = rest.get(key);
    rest.delete(key);
    const { server = '', partition = '' } = found ?? site ?? {};
    return { name, id, server, partition, header: found?.header, condition: conditionOf(name, found) };
  });
  const others = new Set(entries.flatMap((entry) => entry.others));
  const known = new Map(entries.map((entry) => [entry.readWrite, entry]));
  const nameless: Nameless[] = [];
  for (const one of rest.values()) {
    const { id, server, partition, status, header } = one;
    if (header ? header.type !== 'RW' : others.has(id)) continue;
    const missing = volumes.findIndex((volume) => volume.id === id && volume.condition === 'missing');
    const entry = elsewhere.get(id) ?? known.get(id);
    const name = entry?.name ?? header?.name;
    if (name === undefined) nameless.push({ id, server, status });
    else if (missing >= 0 && header)
      volumes[missing] = { name, id, server, partition, header, condition: 'misplaced' };
    else if (entry !== undefined) volumes.push({ name, id, server, partition, header, condition: 'stale' });
    else {
      const condition = volumes.some((volume) => volume.name === name) ? 'namesake' : 'unlisted';
      volumes.push({ name, id, server, partition, header, condition });
    }
  }
  return { volumes: volumes.sort((a, b) => (a.name < b.name ? -1 : 1)), nameless };
}

/** The listed volumes that none of the entries explains: the VLDB is to be asked where they are. */
export function unexplained({ entries, listed }: Pick<Inventory, 'entries' | 'listed'>): number[] {
  const readWrites = new Set(entries.map(({ readWrite }) => readWrite));
  const known = new Set(entries.flatMap(({ readWrite, others }) => [readWrite, ...others]));
  return listed
    .filter(({ id, header }) => (header ? header.type === 'RW' && !readWrites.has(id) : !known.has(id)))
    .map(({ id }) => id);
}

function keyOf(id: number, site: Site | undefined): string {
  return `${id} ${site?.partition}`;
}

/** What a volume is like that the VLDB has under a name, by what its server tells. */
export function conditionOf(name: string, found: Listed | undefined): Condition {
  if (found === undefined) return 'missing';
  if (found.status === 'BUSY') return 'busy';
  const { header } = found;
  if (header === undefined) return 'unattachable';
  if (/^bogus\./.test(header.name)) return 'renamed';
  if (header.name !== name) return 'misnamed';
  if (header.needsSalvage) return 'damaged';
  return header.online ? 'online' : 'offline';
}
