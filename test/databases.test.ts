import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, type Ended, makeHost, run, type TestHost } from 'test-kit';
import {
  awkwardPostgres,
  type Mariadb,
  mainPostgresDatabase,
  type Postgres,
  postgresDatabaseState,
  startMariadb,
  startPostgres,
} from 'test-servers';
import { beforeAll, describe, expect, test } from 'vitest';

describe('a host with databases', () => {
  let postgres: Postgres;
  let mariadb: Mariadb;
  beforeAll(async () => {
    [postgres, mariadb] = await Promise.all([
      startPostgres({ untilStopped: true }),
      startMariadb({ untilStopped: true }),
    ]);
    await awkwardPostgres(postgres);
    await mariadb.sql(
      'CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY); INSERT INTO shop.orders VALUES (1), (2), (3)',
    );
    return async () => {
      await postgres.stop();
      await mariadb.stop();
    };
  }, 60_000);

  /** `no_dump`: other tests have servers as well. */
  function databaseHost(...more: readonly string[]): TestHost {
    const items = [postgres.url(), mariadb.url(), ...more];
    return makeHost(
      `[system]\nenabled = false\n[databases]\nno_dump = ["**"]\nitems = ${JSON.stringify(items)}\n`,
    );
  }

  const backUp = (host: TestHost, date: string): Promise<Ended> => host.backup('--date', date);
  const databasesOf = (host: TestHost, date: string) =>
    JSON.parse(readFileSync(join(host.staging, date, 'MANIFEST.json'), 'utf8')).components.databases;
  const restore = (host: TestHost, ...args: readonly string[]): Promise<Ended> =>
    run([builtCommand('hcoop-restore'), '-i', host.identity, '--signer', host.signer, '--database', ...args]);
  const drill = (host: TestHost, date: string): Promise<Ended> =>
    run([
      builtCommand('hcoop-verify'),
      '-i',
      host.identity,
      '--signer',
      host.signer,
      '--drill',
      '--sign-with',
      join(host.state, 'signing-key'),
      join(host.staging, date),
    ]);

  test('is backed up, verified, rehearsed in servers started for that, and loaded beside itself', async () => {
    const host = databaseHost();
    const ended = await backUp(host, '2026-11-20');
    expect(ended.code, ended.stderr).toBe(0);
    const { status, files } = databasesOf(host, '2026-11-20');
    expect(status).toBe('ok');
    expect(files.map(({ path }: { path: string }) => path)).toContain('databases/databases.json.zst.age');
    const opened = await run([
      builtCommand('hcoop-verify'),
      '-i',
      host.identity,
      '--signer',
      host.signer,
      join(host.staging, '2026-11-20'),
    ]);
    expect(opened.code, opened.stderr).toBe(0);
    const rehearsed = await drill(host, '2026-11-20');
    expect(rehearsed.code, rehearsed.stderr).toBe(0);
    expect(rehearsed.stderr).toContain('drill passed');
    const loaded = await restore(
      host,
      '--as',
      'copy',
      join(host.staging, '2026-11-20'),
      mainPostgresDatabase,
    );
    expect(loaded.code, loaded.stderr).toBe(0);
    expect(await postgresDatabaseState(postgres, 'copy')).toEqual(
      await postgresDatabaseState(postgres, mainPostgresDatabase),
    );
    await postgres.sql('DROP DATABASE copy');
    expect(await restore(host, '--as', 'shop2', join(host.staging, '2026-11-20'), 'shop')).toMatchObject({
      code: 0,
    });
    expect(await mariadb.sql('SELECT count(*) FROM shop2.orders')).toContain('3');
    await mariadb.sql('DROP DATABASE shop2');
  });

  test('of a server that is down, the last dumps are kept, and the rest of the backup is done', async () => {
    const files = join(makeHost().directory, 'dumps');
    mkdirSync(files);
    writeFileSync(join(files, 'app.sql'), 'by hand\n');
    const own = await startMariadb();
    await own.sql('CREATE DATABASE shop');
    const host = databaseHost(own.url(), files);
    expect((await backUp(host, '2026-11-20')).stderr).toContain('databases: ok');
    await own.shutDown();
    writeFileSync(join(files, 'empty.sql'), '');
    const second = await backUp(host, '2026-11-21');
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`db-collect: ${own.url()}: mariadb: failed with exit code 1: ERROR 2002`);
    expect(second.stderr).toContain('empty.sql: empty\n');
    expect(second.stderr).toContain('databases: incomplete');
    const { status, files: stored } = databasesOf(host, '2026-11-21');
    expect(status).toBe('incomplete');
    const names = (date: string): string[] => readdirSync(join(host.staging, date, 'databases'));
    expect(names('2026-11-21')).toEqual(expect.arrayContaining(names('2026-11-20')));
    const links = stored.filter(
      ({ path }: { path: string }) => statSync(join(host.staging, '2026-11-21', path)).nlink > 1,
    );
    expect(links).toHaveLength(names('2026-11-20').length - 1); // all but the record
    expect(await host.verify(join(host.staging, '2026-11-21'))).toMatchObject({ code: 1 }); // incomplete when it was made
  });

  test('a server that nothing is configured for is named', async () => {
    const none = await makeHost().backup('--date', '2026-11-20');
    expect(none.code).toBe(0);
    expect(none.stderr).toContain(
      `${mariadb.url().replace(/%2F/g, '/')}: a database server that has no dump`,
    );
    const host = makeHost(`[system]\nenabled = false\n[databases]\nitems = ["${postgres.url()}"]\n`);
    const some = await backUp(host, '2026-11-20');
    expect(some.code).toBe(1);
    expect(some.stderr).toContain(
      `${mariadb.url().replace(/%2F/g, '/')}: a database server that has no dump`,
    );
    expect(some.stderr).not.toContain(`${postgres.socketDirectory}&port=5432: a database server`);
  });
});
