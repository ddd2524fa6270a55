import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Postgres } from './server.ts';

const query = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8');

/** All that a server has as text, the same for two servers if and only if they have the same: roles and databases. */
export async function postgresState(server: Postgres): Promise<string> {
  const parts = [await server.sql(query('cluster-state.sql'))];
  const names = await server.sql(`
    SELECT json_agg(datname ORDER BY datname COLLATE "C") FROM pg_database WHERE datallowconn`);
  for (const name of JSON.parse(names) as string[]) parts.push(await postgresDatabaseState(server, name));
  return parts.join('\n');
}

/** What one database has. Its name is not in it, so that one that was restored by another name is the same. */
export function postgresDatabaseState(server: Postgres, database: string): Promise<string> {
  return server.sql(query('state.sql'), database);
}
