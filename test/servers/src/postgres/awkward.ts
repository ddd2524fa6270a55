import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { awkwardNames } from '../sql/names.ts';
import { identifier, literal, mainDatabase, otherDatabases } from './names.ts';
import type { Postgres } from './server.ts';

export interface AwkwardPostgresOptions {
  /** With a database whose name has a newline, of which pg_dumpall and pg_dump -C say no more than an error. */
  readonly newlineDatabase?: boolean;
}

/** Fills a server with what is hard to dump and to restore: the databases' names, and in one of them everything else. */
export async function awkwardPostgres(server: Postgres, options: AwkwardPostgresOptions = {}): Promise<void> {
  const databases = options.newlineDatabase ? awkwardNames : otherDatabases;
  await server.sql(readFileSync(join(import.meta.dirname, 'roles.sql'), 'utf8'));
  for (const name of [...databases, mainDatabase])
    await server.sql(`CREATE DATABASE ${identifier(name)} STRATEGY file_copy;`);
  for (const name of databases)
    await server.sql(`CREATE TABLE here (name text); INSERT INTO here VALUES (${literal(name)});`, name);
  await server.sql(readFileSync(join(import.meta.dirname, 'content.sql'), 'utf8'), mainDatabase);
  await server.sql(awkwardNames.map(tableOf).join('\n'), mainDatabase);
  await server.sql(settingsOf(identifier(mainDatabase)));
}

/** A schema, table, column, index, function and role of a name. */
function tableOf(name: string): string {
  const id = identifier(name);
  const text = literal(name);
  return `
    CREATE ROLE ${id} LOGIN;
    CREATE SCHEMA ${id} AUTHORIZATION ${id};
    CREATE TABLE ${id}.${id} (${id} text PRIMARY KEY DEFAULT ${text});
    ALTER TABLE ${id}.${id} OWNER TO ${id};
    INSERT INTO ${id}.${id} DEFAULT VALUES;
    COMMENT ON TABLE ${id}.${id} IS ${text};
    COMMENT ON COLUMN ${id}.${id}.${id} IS ${text};
    COMMENT ON ROLE ${id} IS ${text};
    GRANT SELECT (${id}) ON ${id}.${id} TO reader;
    CREATE VIEW ${id}."view" AS SELECT ${id} AS "as" FROM ${id}.${id};
    CREATE INDEX ON ${id}.${id} (lower(${id}));
    CREATE FUNCTION ${id}.${id}(${id} text) RETURNS text LANGUAGE sql AS 'SELECT $1 || ''$$'' ';
  `;
}

function settingsOf(id: string): string {
  return `
    ALTER DATABASE ${id} OWNER TO "owner \\ of 'all'";
    ALTER DATABASE ${id} SET search_path TO public, "with space", "single'quote";
    ALTER DATABASE ${id} SET application_name TO E'it''s \\\\ set';
    ALTER DATABASE ${id} CONNECTION LIMIT 20;
    ALTER ROLE reader IN DATABASE ${id} SET work_mem TO '3MB';
    ALTER ROLE ALL IN DATABASE ${id} SET extra_float_digits TO 1;
    COMMENT ON DATABASE ${id} IS E'it''s a \\\\ comment\\nof two lines';
    REVOKE CONNECT, TEMPORARY ON DATABASE ${id} FROM PUBLIC;
    GRANT CONNECT ON DATABASE ${id} TO reader WITH GRANT OPTION;
  `;
}
