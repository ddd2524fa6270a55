import { start } from 'test-kit';
import { asUser, eventually } from '../sql/daemon.ts';
import { consistent, type Ledger, type Writer } from '../sql/ledger.ts';
import type { Postgres } from './server.ts';

const application = 'writer';

/** Moves money between two tables of a database until it is stopped, and counts the moves in a third. */
export async function startPostgresWriter(server: Postgres, database = 'postgres'): Promise<Writer> {
  await server.sql(tables, database);
  const argv = [`${server.programs}/psql`, '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', server.url(database)];
  const { ended } = start(asUser('postgres', argv), { input: moves });
  const ledger = (): Promise<Ledger> => postgresLedger(server, database);
  await eventually('the first moves', async () => (await ledger()).moves > 0);
  return {
    ledger,
    stop: async () => {
      await server.sql(
        `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = '${application}'`,
      );
      const { stderr } = await ended;
      if (!stderr.includes('canceling statement')) throw new Error(`the writer failed: ${stderr}`);
      return ledger();
    },
  };
}

/** What a writer has written, as a database has it. */
export async function postgresLedger(server: Postgres, database = 'postgres'): Promise<Ledger> {
  return consistent(JSON.parse(await server.sql(read, database)) as Ledger);
}

const tables = `
  CREATE TABLE checking (id integer PRIMARY KEY, money bigint, moves bigint);
  CREATE TABLE moves (number bigint PRIMARY KEY, amount bigint);
  CREATE TABLE saving (id integer PRIMARY KEY, money bigint);
  INSERT INTO checking SELECT i, 1000, 0 FROM generate_series(1, 10) i;
  INSERT INTO saving SELECT i, 1000 FROM generate_series(1, 10) i;`;

const moves = `
  SET application_name = '${application}';
  DO $$
  DECLARE
    this bigint := 0;
    amount bigint;
  BEGIN
    LOOP
      this := this + 1;
      amount := floor(random() * 100) - 50;
      UPDATE checking SET money = money - amount, moves = moves + 1 WHERE id = 1 + this % 10;
      INSERT INTO moves VALUES (this, amount);
      UPDATE saving SET money = money + amount WHERE id = 1 + this % 7;
      COMMIT;
      PERFORM pg_sleep(0.0005); -- or the tables would grow by megabytes
    END LOOP;
  END $$;`;

const read = `
  SELECT json_build_object(
    'money', (SELECT sum(money) FROM checking) + (SELECT sum(money) FROM saving),
    'moved', (SELECT sum(money) - 10000 FROM saving) - (SELECT coalesce(sum(amount), 0) FROM moves),
    'counted', (SELECT sum(moves) FROM checking),
    'moves', (SELECT count(*) FROM moves),
    'last', (SELECT coalesce(max(number), 0) FROM moves))`;
