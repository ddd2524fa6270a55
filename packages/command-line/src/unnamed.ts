import { openSync, rmSync } from 'node:fs';

/** Opens a new file that nobody else can read, and takes its name away: it is gone when nobody has it open any more. */
export function openUnnamed(path: string): number {
  const file = openSync(path, 'wx+', 0o600);
  rmSync(path);
  return file;
}
