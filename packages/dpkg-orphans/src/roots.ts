import { lstatSync, realpathSync } from 'node:fs';
import { reason, usageError } from 'command-line';
import { type BytePath, escapePath, toFs, withSlash } from 'path-stream';

/**
 * The directories to walk, as the kernel names them (symbolic links resolved), in byte order, none inside another;
 * `/` where none is given.
 */
export function startingPoints(operands: readonly BytePath[]): BytePath[] {
  const found = (operands.length === 0 ? ['/'] : operands).map(resolveDirectory).sort(bytewise);
  const roots: BytePath[] = [];
  for (const path of found) {
    const last = roots.at(-1);
    const inside = last !== undefined && (path === last || last === '/' || path.startsWith(`${last}/`));
    if (!inside) roots.push(path);
  }
  return roots;
}

/** The order of a walk: a directory sorts with its slash. */
function bytewise(a: BytePath, b: BytePath): number {
  return withSlash(a) < withSlash(b) ? -1 : 1;
}

function resolveDirectory(operand: BytePath): BytePath {
  try {
    const path = realpathSync(toFs(operand), 'latin1');
    if (lstatSync(toFs(path)).isDirectory()) return path;
  } catch (error) {
    throw usageError(escapePath(operand), reason(error));
  }
  throw usageError(escapePath(operand), 'not a directory');
}
