import { awkwardNames } from '../sql/names.ts';

/** An identifier, quoted. */
export function identifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A string, quoted. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** The database of an awkward server in which nearly everything is, events too: see eventfulDatabase. */
export const mainDatabase = 'Main `db` %20 #ü=1 --; $(x)';

/** A name of a database with an event which mariadb-dump --events cannot dump: it selects the name with a backslash. */
export const eventfulDatabase = "it's eventful";

/** The names of an awkward server's other databases. */
export const otherDatabases: readonly string[] = awkwardNames;
