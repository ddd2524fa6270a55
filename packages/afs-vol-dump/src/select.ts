import type { BytePath } from 'path-stream';

/** Which paths of a volume are wanted: all, or some with what is below them. Paths are relative to its root. */
export interface Selection {
  /** Whether a path is wanted, or a directory that something wanted may be below. */
  touches(path: BytePath): boolean;
  /** Whether a path itself is wanted. */
  wants(path: BytePath): boolean;
  /** Those that were asked for, and that nothing has touched. */
  missed(): BytePath[];
}

/** A selection of some paths; of all, where none are given. */
export function selectPaths(given: readonly BytePath[]): Selection {
  const paths = given.map((path) =>
    path
      .split('/')
      .filter((name) => name !== '' && name !== '.')
      .join('/'),
  );
  const found = new Set<BytePath>();
  const isAll = paths.length === 0 || paths.includes('');
  const wants = (path: BytePath): boolean => {
    if (isAll) return true;
    const above = paths.find((one) => path === one || path.startsWith(`${one}/`));
    if (above !== undefined) found.add(above);
    return above !== undefined;
  };
  return {
    wants,
    touches: (path) => wants(path) || paths.some((one) => one.startsWith(`${path}/`)),
    missed: () => (isAll ? [] : paths.filter((path) => !found.has(path))),
  };
}
