import type { Dump } from './chain.ts';

/** A volume's name as that of a file: what a file in a date cannot be called is written as its code, `%` and two digits. */
export function fileStem(volume: string): string {
  return volume.replace(/^\.|[^A-Za-z0-9._-]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The name of a dump's file: the volume's, a number that no other dump of that volume in the directory has, and whether it is all. */
export function dumpFileName(volume: string, number: number, isFull: boolean, suffix: string): string {
  return `${fileStem(volume)}.${String(number).padStart(6, '0')}.${isFull ? 'full' : 'incremental'}.dump${suffix}`;
}

/** The number of the dump that comes after those of a chain. */
export function nextNumber(chain: readonly Pick<Dump, 'file'>[]): number {
  const numbers = chain.map(({ file }) => Number(/\.(\d+)\.[a-z]+\.dump\./.exec(file)?.[1] ?? 0));
  return Math.max(0, ...numbers) + 1;
}
