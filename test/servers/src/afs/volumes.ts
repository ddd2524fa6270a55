import { readFileSync, writeFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Mount, mountAfs } from './mount.ts';
import type { Namespaces } from './namespaces.ts';
import type { Programs } from './programs.ts';

/** /vicepa or /vicepb. */
export type Partition = 'a' | 'b';

/** Makes volumes and their content. */
export interface Volumes {
  /** Makes an empty volume in which everybody may write; its number. */
  createVolume(name: string, options?: { partition?: Partition }): Promise<number>;
  /**
   * The directory of a volume's content, as a client of the cell shows it, from outside of the cell. The client starts
   * when first asked for. It cannot set times and owners, makes no devices, and puts /afs/ before a link's target.
   */
  mounted(volume: string): Promise<string>;
  /** Waits until all that has been written and closed there is on the server, which is later than the close. */
  settled(): Promise<void>;
  addBackup(volume: string): Promise<void>;
  /** A read-only copy, on the same partition. */
  addReadOnly(volume: string): Promise<void>;
  /** The number and the partition of a volume, as the VLDB has them. */
  find(volume: string): Promise<{ id: number; partition: Partition }>;
}

export function volumesOf(
  cell: string,
  directory: string,
  namespaces: Namespaces,
  programs: Programs,
): Volumes {
  const { vos } = programs;
  let template: Promise<string> | undefined;
  let mount: Promise<Mount> | undefined;
  const find: Volumes['find'] = async (volume) => {
    const listed = await vos('listvldb', '-name', volume);
    const [, id, partition] = /RWrite: (\d+).*partition \/vicep([ab]) RW/s.exec(listed) ?? [];
    if (id === undefined) throw new Error(`no volume in the VLDB: ${listed}`);
    return { id: Number(id), partition: partition === 'b' ? 'b' : 'a' };
  };
  return {
    find,
    createVolume: async (name, { partition = 'a' } = {}) => {
      template ??= makeTemplate(directory, vos);
      const said = await vos('restore', 'afs1', partition, name, '-file', await template);
      return Number(/ Id (\d+) /.exec(said)?.[1]);
    },
    mounted: async (volume) => {
      mount ??= mountAfs(namespaces, programs);
      const path = `${(await mount).directory}/.:mount/${cell}:${volume}`;
      await access(path);
      return path;
    },
    settled: async () => {
      if (mount !== undefined) await (await mount).settled();
    },
    addBackup: async (volume) => void (await vos('backup', volume)),
    addReadOnly: async (volume) => {
      await vos('addsite', 'afs1', (await find(volume)).partition, volume);
      await vos('release', volume);
    },
  };
}

/**
 * The dump of an empty volume whose root directory is open to all: the ACL of a new one names system:administrators
 * alone, and can be set only by what needs the kernel. In the dump, that entry is given to system:anyuser.
 */
async function makeTemplate(directory: string, vos: Programs['vos']): Promise<string> {
  const file = join(directory, 'template.dump');
  await vos('create', 'afs1', 'a', 'template', '-maxquota', '0');
  await vos('dump', 'template', '-file', file);
  await vos('remove', '-id', 'template');
  const administrators = Buffer.from('ffffff340000007f', 'hex');
  const anyuser = Buffer.from('ffffff9b0000007f', 'hex');
  const dump = readFileSync(file);
  const at = dump.indexOf(administrators);
  if (at < 0) throw new Error('the dump of an empty volume has not the expected ACL');
  anyuser.copy(dump, at);
  writeFileSync(file, dump);
  return file;
}
