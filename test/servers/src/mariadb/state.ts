import { createHash } from 'node:crypto';
import { identifier } from './names.ts';
import type { Mariadb } from './server.ts';

/** All that a server has as text, the same for two servers if and only if they have the same: databases and users. */
export async function mariadbState(server: Mariadb): Promise<string> {
  const parts = [await usersOf(server), await server.sql(schemata)];
  for (const [name] of await names(server, databases))
    parts.push(await mariadbDatabaseState(server, name ?? ''));
  return parts.join('\n');
}

/** What one database has. */
export async function mariadbDatabaseState(server: Mariadb, database: string): Promise<string> {
  const lines = [await server.sql(objects, database)];
  for (const [table = '', type = ''] of await names(server, tables, database)) {
    const id = identifier(table);
    lines.push(await server.sql(`SHOW CREATE ${type === 'VIEW' ? 'VIEW' : 'TABLE'} ${id}`, database));
    if (type === 'SEQUENCE') lines.push(await server.sql(`SELECT * FROM ${id}`, database));
    else if (type !== 'VIEW') lines.push(`rows of ${table}: ${await rowsOf(server, database, table)}`);
  }
  return lines.join('\n');
}

/** A digest of the rows, each of which is one of the bytes of its columns. */
async function rowsOf(server: Mariadb, database: string, table: string): Promise<string> {
  const columns = await names(server, columnsOf(table), database);
  const values = columns.map(([name = '']) => `IFNULL(HEX(${identifier(name)}), 'NULL')`).join(', ');
  const digests = await server.sql(
    `SELECT MD5(CONCAT_WS(',', ${values})) AS d FROM ${identifier(table)} ORDER BY d`,
    database,
  );
  return `${digests.split('\n').length - 1} ${createHash('md5').update(digests).digest('hex')}`;
}

/** As SQL that would make them again, with the digest of the password; and what they may do. */
async function usersOf(server: Mariadb): Promise<string> {
  const statements = await names(server, showUsers);
  return server.sql(statements.map(([statement]) => `${statement};`).join('\n') + rights);
}

/** The rows of a query whose columns are in hexadecimal, for names have tabs and newlines. */
async function names(server: Mariadb, query: string, database?: string): Promise<string[][]> {
  const rows = (await server.sql(query, database)).split('\n').slice(0, -1);
  return rows.map((row) => row.split('\t').map((field) => Buffer.from(field, 'hex').toString()));
}

const databases = `
  SELECT HEX(schema_name) FROM information_schema.schemata
  WHERE schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') ORDER BY schema_name`;

const schemata = `
  SELECT 'database', schema_name, default_character_set_name, default_collation_name, schema_comment
  FROM information_schema.schemata ORDER BY schema_name;`;

const tables = `
  SELECT HEX(table_name), HEX(table_type) FROM information_schema.tables
  WHERE table_schema = DATABASE() ORDER BY BINARY table_name`;

const columnsOf = (table: string): string => `
  SELECT HEX(column_name) FROM information_schema.columns
  WHERE table_schema = DATABASE() AND HEX(table_name) = '${Buffer.from(table).toString('hex').toUpperCase()}'
  ORDER BY ordinal_position`;

/** What a database has beside tables. */
const objects = `
  SELECT 'routine', name, type, language, sql_data_access, is_deterministic, security_type, param_list, returns, body,
    definer, sql_mode, comment, character_set_client, collation_connection, db_collation
  FROM mysql.proc WHERE db = DATABASE() ORDER BY BINARY name, type;
  SELECT 'event', name, body, definer, execute_at, interval_value, interval_field, starts, ends, status, on_completion,
    sql_mode, comment, time_zone, character_set_client, collation_connection, db_collation
  FROM mysql.event WHERE db = DATABASE() ORDER BY BINARY name;
  SELECT 'trigger', trigger_name, event_object_table, action_timing, event_manipulation, action_order, action_statement,
    definer, sql_mode, character_set_client, collation_connection, database_collation
  FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY BINARY trigger_name;`;

const account = `CONCAT(QUOTE(user), '@', QUOTE(host))`;

const showUsers = `
  SELECT HEX(CONCAT('SHOW CREATE USER ', ${account})) FROM mysql.global_priv
  WHERE NOT JSON_VALUE(priv, '$.is_role') IS TRUE ORDER BY BINARY user, host`;

/** SHOW GRANTS has them in an order that varies. */
const rights = `
  SELECT 'account', user, host, JSON_VALUE(priv, '$.access') & 0x7fffffffff, JSON_VALUE(priv, '$.is_role'),
    COALESCE(JSON_VALUE(priv, '$.default_role'), '') FROM mysql.global_priv ORDER BY BINARY user, host;
  SELECT 'on database', mysql.db.* FROM mysql.db ORDER BY BINARY user, host, BINARY db;
  SELECT 'on table', user, host, db, table_name, table_priv, column_priv FROM mysql.tables_priv
    ORDER BY BINARY user, host, BINARY db, BINARY table_name;
  SELECT 'on column', user, host, db, table_name, column_name, column_priv FROM mysql.columns_priv
    ORDER BY BINARY user, host, BINARY db, BINARY table_name, BINARY column_name;
  SELECT 'on routine', user, host, db, routine_name, routine_type, proc_priv FROM mysql.procs_priv
    ORDER BY BINARY user, host, BINARY db, BINARY routine_name, routine_type;
  SELECT 'proxy', user, host, proxied_user, proxied_host, with_grant FROM mysql.proxies_priv
    WHERE proxied_user <> '' -- root's for everybody gets another row when it is granted again
    ORDER BY BINARY user, host, BINARY proxied_user, proxied_host;
  SELECT 'role of', role, user, host, admin_option FROM mysql.roles_mapping
    ORDER BY BINARY role, BINARY user, host;
  SELECT 'server', server_name, host, db, username, port, wrapper FROM mysql.servers ORDER BY server_name;
  SELECT 'plugin', name, dl FROM mysql.plugin ORDER BY name;
  SELECT 'function', name, dl, type FROM mysql.func ORDER BY name;`;
