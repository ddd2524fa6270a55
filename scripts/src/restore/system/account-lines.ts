/** Hears what somebody should know: an account, and what came of it. */
export type Note = (what: string, why: string) => void;

export function mergeLines(
  backup: string,
  fresh: string,
  adapt: (line: string) => string = (line) => line,
  combine: (line: string, other: string) => string = (line) => line,
): string {
  const others = new Map<string, string>();
  for (const line of linesOf(fresh))
    if (isEntry(line) && !others.has(nameOf(line))) others.set(nameOf(line), line);
  const merged = linesOf(backup).map((line) => {
    const other = isEntry(line) ? others.get(nameOf(line)) : undefined;
    if (other === undefined) return line;
    others.delete(nameOf(line));
    return combine(line, other);
  });
  const added = [...others.values()].filter((line) => !named(backup, nameOf(line))).map(adapt);
  return insert(merged, added);
}

/** A second line of the same name has taken its partner already. */
function named(text: string, name: string): boolean {
  return linesOf(text).some((line) => isEntry(line) && nameOf(line) === name);
}

/** What comes after a line for NIS would not be found before all of NIS: nsswitch.conf(5), compat. */
function insert(lines: readonly string[], added: readonly string[]): string {
  const compat = lines.findIndex((line) => /^[+-]/.test(line));
  const at = compat === -1 ? lines.length : compat;
  return [...lines.slice(0, at), ...added, ...lines.slice(at)].map((line) => `${line}\n`).join('');
}

/** A name may have many ranges, and gets those of one machine. Two names with one range can read each other's files. */
export function mergeRanges(backup: string, fresh: string, file: string, note: Note): string {
  const names = new Set(linesOf(backup).filter(isEntry).map(nameOf));
  const added = linesOf(fresh).filter((line) => isEntry(line) && !names.has(nameOf(line)));
  const ranges = linesOf(backup).filter(isEntry).map(rangeOf);
  for (const line of added) {
    const { start, end } = rangeOf(line);
    if (ranges.some((other) => start < other.end && other.start < end))
      note(nameOf(line), `its range in ${file} on the new root overlaps one of the backup`);
  }
  return insert(linesOf(backup), added);
}

function rangeOf(line: string): { start: number; end: number } {
  const [, start, count] = line.split(':');
  return { start: Number(start), end: Number(start) + Number(count) };
}

/** Joins the lists of names in some fields. */
export function withMembers(fields: readonly number[]): (line: string, other: string) => string {
  return (line, other) => {
    const parts = line.split(':');
    const others = other.split(':');
    for (const field of fields) {
      const names = (parts[field] ?? '').split(',').filter((name) => name !== '');
      const more = (others[field] ?? '').split(',').filter((name) => name !== '' && !names.includes(name));
      if (more.length > 0) parts[field] = [...names, ...more].join(',');
    }
    return parts.join(':');
  };
}

export function withNumber(line: string, field: number, byName: ReadonlyMap<string, number>): string {
  const number = byName.get(nameOf(line));
  return number === undefined ? line : withField(line, field, number);
}

export function withMoved(line: string, field: number, byNumber: ReadonlyMap<number, number>): string {
  const number = byNumber.get(Number(line.split(':')[field]));
  return number === undefined ? line : withField(line, field, number);
}

function withField(line: string, field: number, value: number): string {
  return line
    .split(':')
    .map((part, i) => (i === field ? String(value) : part))
    .join(':');
}

export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

export function isEntry(line: string): boolean {
  return /^[^+\-#:][^:]*:/.test(line);
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(':'));
}
