export { type AfsCell, type AfsCellOptions, startAfsCell } from './afs/cell.ts';
export type { Daemon, DaemonName } from './afs/daemons.ts';
export type { Pioctl, PioctlCall } from './afs/pioctl.ts';
export type { Transaction } from './afs/transactions.ts';
export type { Partition, Volumes } from './afs/volumes.ts';
export type { Undo, WrongVolumes } from './afs/wrong-volumes.ts';
export { type AwkwardMariadbOptions, awkwardMariadb } from './mariadb/awkward.ts';
export {
  eventfulDatabase as eventfulMariadbDatabase,
  mainDatabase as mainMariadbDatabase,
  otherDatabases as otherMariadbDatabases,
} from './mariadb/names.ts';
export { type Connection, type Mariadb, type MariadbOptions, startMariadb } from './mariadb/server.ts';
export { mariadbDatabaseState, mariadbState } from './mariadb/state.ts';
export { mariadbLedger, startMariadbWriter } from './mariadb/writer.ts';
export { type Postfix, type PostfixOptions, startPostfix } from './postfix.ts';
export { type AwkwardPostgresOptions, awkwardPostgres } from './postgres/awkward.ts';
export {
  mainDatabase as mainPostgresDatabase,
  otherDatabases as otherPostgresDatabases,
} from './postgres/names.ts';
export { type Backend, type Postgres, type PostgresOptions, startPostgres } from './postgres/server.ts';
export { postgresDatabaseState, postgresState } from './postgres/state.ts';
export { postgresLedger, startPostgresWriter } from './postgres/writer.ts';
export { type Redis, type RedisOptions, startRedis } from './redis.ts';
export { ldifLine, type Slapd, startSlapd } from './slapd.ts';
export {
  type BayesLock,
  makeSpamAssassin,
  type SpamAssassin,
  type SpamAssassinOptions,
  spamMessage,
} from './spamassassin.ts';
export type { Ledger, Writer } from './sql/ledger.ts';
export {
  makeSqlite,
  type SqliteOptions,
  type SqliteWriter,
  type SqliteWriterOptions,
  sql,
  sqliteDump,
  sqliteMoney,
  startSqliteWriter,
  type Written,
} from './sqlite.ts';
