import { requireAll, type Site } from './vldb.ts';

/** A volume as its server lists it. Of one that is busy or cannot be attached, it tells no more than the number. */
export interface Listed extends Site {
  readonly id: number;
  readonly status: 'OK' | 'BUSY' | 'UNATTACHABLE';
  readonly header: Header | undefined;
}

/** Of a volume's header. Times are seconds since 1970, by the server's clock. */
export interface Header {
  readonly name: string;
  readonly type: 'RW' | 'RO' | 'BK';
  readonly online: boolean;
  readonly needsSalvage: boolean;
  readonly created: number;
  readonly copied: number;
  readonly updated: number;
  /** Counts the changes, on servers that do. */
  readonly updates: number;
  /** In kB. */
  readonly quota: number;
}

/** Reads what `vos listvol -format` prints: for each partition how many there are, and a block for each. */
export function parseList(text: string, server: string): Listed[] {
  const listed = parseListing(text, server);
  const totals = [...text.matchAll(/^Total number of volumes on server .*: (\d+) *$/gm)];
  const told = totals.reduce((sum, [, total]) => sum + Number(total), 0);
  requireAll('vos listvol', listed.length, told);
  return listed;
}

/** Reads blocks of keys and values, as `vos examine -format` prints one, too. */
export function parseListing(text: string, server: string): Listed[] {
  return text.split(/^(?:BEGIN_OF_ENTRY|END_OF_ENTRY|)$/m).flatMap((block) => {
    const values = new Map<string, string>();
    for (const [, key = '', value = ''] of block.matchAll(/^(\S+)[ \t]+(\S+)/gm)) values.set(key, value);
    const status = values.get('status');
    if (status !== 'OK' && status !== 'BUSY' && status !== 'UNATTACHABLE') return [];
    const header = status === 'OK' ? headerOf(values) : undefined;
    return [{ id: Number(values.get('id')), server, partition: values.get('part') ?? '', status, header }];
  });
}

function headerOf(values: ReadonlyMap<string, string>): Header | undefined {
  const type = values.get('type');
  if (type !== 'RW' && type !== 'RO' && type !== 'BK') return undefined;
  const number = (key: string): number => Number(values.get(key) ?? 0);
  return {
    name: values.get('name') ?? '',
    type,
    online: values.get('inUse') === 'Y',
    needsSalvage: values.get('needsSalvaged') === 'Y',
    created: number('creationDate'),
    copied: number('copyDate'),
    updated: number('updateDate'),
    updates: number('spare2'),
    quota: number('maxquota'),
  };
}
