import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readBytes } from './root.ts';

/** The texts of a root's files of sources: sources.list(5). */
export function readSources(root: string): string[] {
  const parts = join(root, 'etc/apt/sources.list.d');
  const names = existsSync(parts) ? readdirSync(parts).filter((name) => /\.(list|sources)$/.test(name)) : [];
  return [join(root, 'etc/apt/sources.list'), ...names.map((name) => join(parts, name))].map(readBytes);
}

/** The files of keys that apt's sources name, in either format of sources.list(5): `Signed-By`. */
export function signingKeys(sources: readonly string[]): string[] {
  const keys = sources.flatMap((text) =>
    text
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .flatMap((line) => /\bsigned-by\s*[:=]\s*([^\]\s]*)/i.exec(line)?.[1]?.split(',') ?? []),
  );
  return [...new Set(keys.filter((key) => key.startsWith('/')))];
}
