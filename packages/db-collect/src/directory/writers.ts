import { type BigIntStats, readdirSync, readFileSync, statSync } from 'node:fs';

/** Stands for a file, whatever its name. */
export type FileId = string;

export function idOf({ dev, ino }: BigIntStats): FileId {
  return `${dev}:${ino}`;
}

/** The files that any process has open for writing, as far as this one may know (proc(5): fd, fdinfo). */
export function filesBeingWritten(): ReadonlySet<FileId> {
  const found = new Set<FileId>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid))
    for (const fd of descriptors(pid)) {
      const id = writtenBy(pid, fd);
      if (id !== undefined) found.add(id);
    }
  return found;
}

/** None of a process that has gone, or is somebody else's. */
function descriptors(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}

/** The access mode is in the last two bits of the flags, which are octal: 1 is to write, 2 to read and write. */
function writtenBy(pid: string, fd: string): FileId | undefined {
  try {
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'))?.[1] ?? '0';
    if ((Number.parseInt(flags, 8) & 3) === 0) return undefined;
    const stats = statSync(`/proc/${pid}/fd/${fd}`, { bigint: true });
    return stats.isFile() ? idOf(stats) : undefined;
  } catch {
    return undefined;
  }
}
