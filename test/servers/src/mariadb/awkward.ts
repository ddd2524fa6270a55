import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { awkwardNames } from '../sql/names.ts';
import { eventfulDatabase, identifier, literal, mainDatabase, otherDatabases } from './names.ts';
import type { Mariadb } from './server.ts';

export interface AwkwardMariadbOptions {
  /** With a view whose definer is no more, which cannot be read. */
  readonly brokenView?: boolean;
  /** With a database that mariadb-dump --events cannot dump. */
  readonly eventfulDatabase?: boolean;
}

/** Fills a server with what is hard to dump and to restore: the databases' names, and in one of them everything else. */
export async function awkwardMariadb(server: Mariadb, options: AwkwardMariadbOptions = {}): Promise<void> {
  const sql = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8');
  const main = identifier(mainDatabase);
  await server.sql(
    [
      ...otherDatabases.map(databaseOf),
      `CREATE DATABASE ${main} CHARACTER SET latin1 COLLATE latin1_german2_ci COMMENT 'it''s\nours';`,
      `USE ${main};`,
      sql('content.sql'),
      ...awkwardNames.map(tableOf),
      sql('users.sql').replaceAll('@main@', main),
      options.brokenView ? sql('broken-view.sql') : '',
      options.eventfulDatabase
        ? `${databaseOf(eventfulDatabase)} USE ${identifier(eventfulDatabase)}; ${event}`
        : '',
    ].join('\n'),
  );
}

const event = "CREATE EVENT daily ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01' DO SET @x = 1;";

function databaseOf(name: string): string {
  const table = `${identifier(name)}.here`;
  return `CREATE DATABASE ${identifier(name)}; CREATE TABLE ${table} (name text); INSERT INTO ${table} VALUES (${literal(name)});`;
}

/** A table, column, index, view, trigger, routine and event of a name, and a user. */
function tableOf(name: string): string {
  const id = identifier(name);
  const of = (kind: string): string => identifier(`${kind} ${name}`);
  const text = literal(name);
  return `
    CREATE TABLE ${id} (${id} varchar(99) CHARACTER SET utf8mb4 DEFAULT ${text} COMMENT ${text}, UNIQUE KEY ${id} (${id}))
      COMMENT ${text};
    INSERT INTO ${id} VALUES (DEFAULT);
    CREATE VIEW ${of('view')} AS SELECT ${id} AS ${id} FROM ${id} WHERE ${id} = ${text};
    CREATE TRIGGER ${id} BEFORE INSERT ON ${id} FOR EACH ROW SET @last = ${text};
    CREATE PROCEDURE ${id} (${id} int) COMMENT ${text} SELECT ${id}, ${text};
    CREATE FUNCTION ${id} () RETURNS text RETURN ${text};
    CREATE EVENT ${id} ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01' COMMENT ${text} DO SET @last = ${text};
    CREATE USER ${text}@'%' IDENTIFIED BY ${text};
    GRANT SELECT ON ${id} TO ${text}@'%';
  `;
}
