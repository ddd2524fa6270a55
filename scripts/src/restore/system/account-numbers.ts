import { isEntry, linesOf, type Note } from './account-lines.ts';

/** New numbers, by the name that gets one and by the number that it had. */
export interface Renumbering {
  readonly byName: ReadonlyMap<string, number>;
  readonly byNumber: ReadonlyMap<number, number>;
}

export function renumber(
  backup: ReadonlyMap<string, number>,
  fresh: ReadonlyMap<string, number>,
  kind: string,
  note: Note,
): Renumbering {
  const given = new Set(backup.values());
  const taken = new Set([...given, ...fresh.values()]);
  const byName = new Map<string, number>();
  const byNumber = new Map<number, number>();
  for (const [name, number] of fresh) {
    const wanted = backup.get(name) ?? (given.has(number) ? free(number, taken) : number);
    if (wanted === number) continue;
    taken.add(wanted);
    byName.set(name, wanted);
    const before = byNumber.get(number);
    if (before === undefined) byNumber.set(number, wanted);
    else if (before !== wanted)
      note(
        name,
        `shares ${kind} number ${number} with another on the new root, whose files are now ${before}`,
      );
    if (!backup.has(name))
      note(name, `${kind} of the new root alone: now ${wanted}, for the backup has ${number} for another`);
  }
  return { byName, byNumber };
}

/** A number of the same kind that nobody has: login.defs(5), SYS_UID_MIN and UID_MIN with Debian's values. */
function free(number: number, taken: ReadonlySet<number>): number {
  let candidate = number < 1000 ? 100 : 1000;
  while (taken.has(candidate) || (candidate >= 65534 && candidate < 65536)) candidate += 1;
  return candidate;
}

/** Names to numbers: the first of each name counts, as for getpwnam(3). */
export function numbers(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of linesOf(text)) {
    const [name = '', , number = ''] = line.split(':');
    if (isEntry(line) && !found.has(name) && /^\d+$/.test(number)) found.set(name, Number(number));
  }
  return found;
}
