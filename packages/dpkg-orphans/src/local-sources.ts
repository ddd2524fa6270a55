import { lstatSync } from 'node:fs';
import { type BytePath, fromText } from 'path-stream';
import type { Root } from './root.ts';

/** An archive file that apt would take from this machine. */
export interface LocalArchive {
  readonly name: string;
  readonly path: BytePath;
}

/** Parses `apt-get download --print-uris`: `'file:/path' name_version_arch.deb size hash`, a line each. */
export function parseUris(output: string): LocalArchive[] {
  return [...output.matchAll(/^'(?:file|copy):(\/\S*)' ([^_ ]+)_/gm)].map(([, uri = '', name = '']) => ({
    name,
    path: fromText(decodeURI(uri)).replace(/\/(?:\.\/)+/g, '/'),
  }));
}

/** Places whose content goes by itself, and is not backed up for that reason. */
const passing = /^\/(?:tmp|run|var\/tmp|var\/cache\/apt)\//;

/** Whether the file is there, and not in a place that is emptied. */
export function isKept(path: BytePath, root: Root): boolean {
  const real = root.tryResolve(path);
  if (real === undefined || passing.test(real)) return false;
  try {
    return lstatSync(root.fs(real)).isFile();
  } catch {
    return false;
  }
}
