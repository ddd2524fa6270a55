import { lstatSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { digest, movedName, parseMoved } from 'sealed-file';
import type { Kept } from '../date/kept.ts';
import type { Component } from '../date/manifest.ts';

/** The published dates, whose files a new one may have as well, as hard links. */
export interface Earlier {
  readonly staging: string;
  readonly dates: readonly Kept[];
}

/** Size, digest and age of all files of a component. What an earlier date has as well was digested when it was made; what has gone over to a command, on its way. */
export async function describeFiles(
  place: string,
  component: string,
  earlier: Earlier,
): Promise<Component['files']> {
  const described: Component['files'] = [];
  const names = (await readdir(join(place, component))).sort();
  if (names.includes(movedName)) return readMoved(join(place, component, movedName), component);
  for (const name of names) {
    const path = `${component}/${name}`;
    const known = findKnown(place, path, component, earlier);
    described.push(known ?? { path, ...(await digest(join(place, path))) });
  }
  return described;
}

function readMoved(list: string, component: string): Component['files'] {
  const moved = parseMoved(readFileSync(list, 'utf8'), list);
  return moved.map(({ name, size, sha256 }) => ({ path: `${component}/${name}`, size, sha256 }));
}

function findKnown(
  place: string,
  path: string,
  component: string,
  { staging, dates }: Earlier,
): Component['files'][number] | undefined {
  for (const { date, manifest } of dates) {
    const known = manifest.components[component]?.files.find((file) => file.path === path);
    if (known !== undefined && isSameFile(join(staging, date, path), join(place, path)))
      return { ...known, since: known.since ?? date };
  }
  return undefined;
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => lstatSync(file, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}
