import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { start } from 'test-kit';
import type { Namespaces } from './namespaces.ts';
import type { Programs } from './programs.ts';
import type { Transactions } from './transactions.ts';
import type { Partition, Volumes } from './volumes.ts';

/** Ends what has been made wrong. */
export type Undo = () => Promise<void>;

/** Ways in which a volume is not as it should be. */
export interface WrongVolumes {
  makeOffline(volume: string): Promise<Undo>;
  /** In use by a transaction that does not end. */
  makeBusy(volume: string): Promise<Undo>;
  /** The server cannot attach it, and the salvager cannot repair it; once undone, it does: see makeBogus. */
  makeDamaged(volume: string): Promise<Undo>;
  /** As the salvager leaves a volume whose name it cannot read: off-line, as bogus.NUMBER. */
  makeBogus(volume: string): Promise<void>;
  /** A volume that only the VLDB knows. */
  makeVldbOnly(name: string): Promise<number>;
  /** A volume that the VLDB does not know. */
  makeDiskOnly(name: string): Promise<number>;
}

export function wrongVolumesOf(
  directory: string,
  namespaces: Namespaces,
  programs: Programs,
  { createVolume, find }: Volumes,
  { endTransactions }: Transactions,
): WrongVolumes {
  const { vos, eventually, succeed } = programs;
  /** Looking at it is what makes the server try to attach it. */
  const listed = (line: string): Promise<void> => eventually(new RegExp(line, 'm'), 'vos', 'listvol', 'afs1');
  const damage = (id: number, partition: Partition): void => {
    const special = join(directory, `vicep${partition}`, treeOf(id), 'special');
    const [information] = readdirSync(special).filter((name) => name.startsWith('zzzz5'));
    if (information === undefined) throw new Error(`no file of information in ${special}`);
    truncateSync(join(special, information));
  };
  return {
    makeOffline: async (volume) => {
      const at = ['afs1', (await find(volume)).partition, volume];
      await vos('offline', ...at);
      return async () => void (await vos('online', ...at));
    },
    makeBusy: async (volume) => {
      const { id, partition } = await find(volume);
      const { child, ended } = start(
        namespaces.client([
          ...['vos', 'offline', 'afs1', partition, volume, '-busy'],
          ...['-sleep', '3600', '-localauth'],
        ]),
      );
      await listed(`Volume ${id} is busy`);
      return async () => {
        child.kill('SIGKILL');
        await ended;
        await endTransactions(id);
        await vos('online', 'afs1', partition, volume);
      };
    },
    makeDamaged: async (volume) => {
      const { id, partition } = await find(volume);
      const tree = join(`/vicep${partition}`, treeOf(id));
      await succeed('mount', '--bind', tree, tree);
      await succeed('mount', '-o', 'remount,bind,ro', tree);
      damage(id, partition);
      await listed(`Could not attach volume ${id} `);
      return async () => void (await succeed('umount', tree));
    },
    makeBogus: async (volume) => {
      const { id, partition } = await find(volume);
      damage(id, partition);
      await listed(`^bogus\\.${id} .* Off-line$`); // before that, it needs a salvage
    },
    makeVldbOnly: async (name) => {
      const id = await createVolume(name);
      await vos('zap', 'afs1', 'a', String(id));
      return id;
    },
    makeDiskOnly: async (name) => {
      const id = await createVolume(name);
      await vos('delentry', '-id', name);
      return id;
    },
  };
}

/** Where the file server keeps a volume in a partition: OpenAFS, src/vol/namei_ops.c. */
function treeOf(id: number): string {
  return `AFSIDat/${digits(id & 0xff)}/${digits(id)}`;
}

/** In base 64, the lowest digit first. */
function digits(number: number): string {
  const alphabet = '+=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const rest = Math.floor(number / 64);
  return alphabet.charAt(number % 64) + (rest > 0 ? digits(rest) : '');
}
