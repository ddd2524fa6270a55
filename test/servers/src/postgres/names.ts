import { awkwardNames } from '../sql/names.ts';

/** An identifier, quoted. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string, quoted. */
export function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** The database of an awkward server in which nearly everything is. */
export const mainDatabase = `Main "db" 'of' %20\\ ü=1`;

/** The names of an awkward server's other databases that pg_dump -C can name: it refuses one with a newline. */
export const otherDatabases: readonly string[] = awkwardNames.filter((name) => !name.includes('\n'));
