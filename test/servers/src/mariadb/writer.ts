import { start } from 'test-kit';
import { eventually } from '../sql/daemon.ts';
import { consistent, type Ledger, type Writer } from '../sql/ledger.ts';
import { identifier } from './names.ts';
import type { Mariadb } from './server.ts';

/** Moves money between two tables of a new database until it is stopped, and counts the moves in a third. */
export async function startMariadbWriter(server: Mariadb, database = 'ledger'): Promise<Writer> {
  await server.sql(`CREATE DATABASE ${identifier(database)}; USE ${identifier(database)}; ${tables}`);
  const client = ['mariadb', '--no-defaults', `--socket=${server.socket}`, `--database=${database}`];
  const { ended } = start(client, { input: moves });
  const ledger = (): Promise<Ledger> => mariadbLedger(server, database);
  await eventually('the first moves', async () => (await ledger()).moves > 0);
  const writer = (await server.connections()).find((connection) => connection.database === database);
  return {
    ledger,
    stop: async () => {
      if (writer !== undefined) await server.killConnection(writer.id);
      const { stderr } = await ended;
      if (!/killed|Lost connection/.test(stderr)) throw new Error(`the writer failed: ${stderr}`);
      return ledger();
    },
  };
}

/** What a writer has written, as a database has it. */
export async function mariadbLedger(server: Mariadb, database = 'ledger'): Promise<Ledger> {
  return consistent(JSON.parse(await server.sql(read, database)) as Ledger);
}

const tables = `
  CREATE TABLE checking (id int PRIMARY KEY, money bigint, moves bigint);
  CREATE TABLE moves (number bigint PRIMARY KEY, amount bigint);
  CREATE TABLE saving (id int PRIMARY KEY, money bigint);
  INSERT INTO checking SELECT seq, 1000, 0 FROM seq_1_to_10;
  INSERT INTO saving SELECT seq, 1000 FROM seq_1_to_10;`;

const moves = `
  DELIMITER //
  BEGIN NOT ATOMIC
    DECLARE this bigint DEFAULT 0;
    DECLARE sum bigint;
    LOOP
      SET this = this + 1, sum = FLOOR(RAND() * 100) - 50;
      START TRANSACTION;
      UPDATE checking SET money = money - sum, moves = moves + 1 WHERE id = 1 + this % 10;
      INSERT INTO moves VALUES (this, sum);
      UPDATE saving SET money = money + sum WHERE id = 1 + this % 7;
      COMMIT;
      DO SLEEP(0.0005); -- or the tables would grow by megabytes
    END LOOP;
  END //`;

const read = `
  START TRANSACTION WITH CONSISTENT SNAPSHOT;
  SELECT JSON_OBJECT(
    'money', (SELECT SUM(money) FROM checking) + (SELECT SUM(money) FROM saving),
    'moved', (SELECT SUM(money) - 10000 FROM saving) - (SELECT COALESCE(SUM(amount), 0) FROM moves),
    'counted', (SELECT SUM(moves) FROM checking),
    'moves', (SELECT COUNT(*) FROM moves),
    'last', (SELECT COALESCE(MAX(number), 0) FROM moves));`;
