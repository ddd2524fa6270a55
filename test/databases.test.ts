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

  test('comes back by the lines of RESTORE.txt, onto servers that have nothing', async () => {
    const host = databaseHost();
    expect(await backUp(host, '2026-11-20')).toMatchObject({ code: 0 });
    const date = join(host.staging, '2026-11-20');
    const [newPostgres, newMariadb] = await Promise.all([startPostgres(), startMariadb()]);
    const lines = readFileSync(join(date, 'RESTORE.txt'), 'utf8').split('\n');
    const line = (start: string): string =>
      lines.find((text) => text.trim().startsWith(start)) ?? `# no ${start}`;
    const files = readdirSync(join(date, 'databases'));
    const file = (start: string, end: string): string =>
      files.find((name) => name.startsWith(start) && name.includes(end)) ?? '';
    const script = [
      `cd ${date}; KEY=${host.identity}; set -o pipefail`,
      `export PGHOST=${newPostgres.socketDirectory} PGPORT=5432`,
      `mariadb() { command mariadb --socket=${newMariadb.socket} "$@"; }`,
      line('unseal() {'),
      line('unseal databases/postgresql*.%%globals'),
      line('unseal databases/postgresql.app').replace(
        'postgresql.app.sql.zst*',
        `'${file('postgresql', 'Main')}'`,
      ),
      line('unseal databases/mariadb.app').replace('mariadb.app.sql.zst*', `'${file('mariadb', 'shop')}'`),
      line('unseal databases/mariadb*.%%globals'),
      'echo "exit $?"',
    ];
    const ended = await run(['bash', '-c', script.join('\n')]);
    expect(ended.stdout.toString().match(/^(?:all of it|exit 0)$/gm), ended.stderr).toHaveLength(3);
    expect(await postgresDatabaseState(newPostgres, mainPostgresDatabase)).toEqual(
      await postgresDatabaseState(postgres, mainPostgresDatabase),
    );
    expect(await newMariadb.sql('SELECT count(*) FROM shop.orders')).toContain('3');
  });

  test('a dump that has other rows than its record is not passed by a drill', async () => {
    const own = await startPostgres();
    await own.sql('CREATE TABLE rows AS SELECT generate_series(1, 7) AS id');
    const host = databaseHost(own.url());
    expect(await backUp(host, '2026-11-20')).toMatchObject({ code: 0 });
    const databases = join(host.staging, '2026-11-20', 'databases');
    const change = `age -d -i "$1" "$2" | zstd -d | sed 's/"rows\\\\"":7/"rows\\\\"":8/' > "$2.new" && grep -q '":8' "$2.new" && zstd -q < "$2.new" | age -R "$3" > "$2"; rm "$2.new"`;
    const record = join(databases, 'databases.json.zst.age');
    expect(await run(['sh', '-c', change, 'sh', host.identity, record, host.recipients])).toMatchObject({
      code: 0,
    });
    const rehearse = await run([
      builtCommand('db-collect'),
      '--rehearse',
      '-i',
      host.identity,
      '-d',
      databases,
    ]);
    expect(rehearse).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        '1 of 1 tables have other rows than were dumped: "public"."rows" has 7 of 8',
      ),
    });
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
