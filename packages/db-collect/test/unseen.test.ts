import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, start } from 'test-kit';
import { startMariadb, startPostgres, startRedis } from 'test-servers';
import { expect, onTestFinished, test } from 'vitest';
import { Workbench } from './workbench.ts';

test('names in a database of SQLite are no commands, neither when it is dumped nor in a drill', async () => {
  const bench = new Workbench();
  chmodSync(bench.directory, 0o711);
  const file = bench.at('evil.db');
  const proof = bench.at('proof');
  const name = `a";\n.shell touch ${proof}\n--`;
  const names = ['x', name, "xSELECT json_array('a"].map((one) => `"${one.replaceAll('"', '""')}"`);
  const script = `${names.map((one) => `CREATE TABLE ${one} (i);`).join('\n')}
    PRAGMA writable_schema = ON; UPDATE sqlite_schema SET name = name || char(0) WHERE name = 'x';`;
  expect(await run(['sqlite3', '-batch', file], { input: script })).toMatchObject({ code: 0 });
  await bench.run(...bench.into('monday'), `sqlite://${file}`);
  expect(existsSync(proof)).toBe(false);
  await bench.run('--rehearse', ...bench.from('monday'), '--scratch', bench.directory);
  expect(existsSync(proof)).toBe(false);
});

test('a directory that becomes a link after it was read is not followed', async () => {
  const bench = new Workbench();
  const [dumps, secret] = [bench.at('dumps'), bench.at('secret')];
  for (const directory of [join(dumps, 'a'), join(dumps, 'z'), secret])
    mkdirSync(directory, { recursive: true });
  writeFileSync(join(dumps, 'a/first'), 'first\n');
  writeFileSync(join(dumps, 'z/file'), 'own\n');
  writeFileSync(join(secret, 'file'), 'secret\n');
  // The receiver of the first file swaps the directory of the second one.
  const swap = `#!/bin/sh\n[ -L ${dumps}/z ] || { mv ${dumps}/z ${dumps}/.z; ln -s ${secret} ${dumps}/z; }\nexec cat > "$1"\n`;
  writeFileSync(bench.at('receiver'), swap, { mode: 0o755 });
  const move = ['--move-over', `${bench.at('receiver')} ${bench.directory}/received.{}`];
  const ended = await bench.run('-d', bench.at('monday'), '--cipher', 'none', ...move, dumps);
  expect(ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('z/file: a link is in its path now'),
  });
  const received = await run(['sh', '-c', `cat ${bench.directory}/received.* | zstd -dc`]);
  expect(received.stdout.toString()).not.toContain('secret\n');
});

test('what looks like a command in a comment is left alone, and the rights of the original are, too', async () => {
  const bench = new Workbench();
  const server = await startPostgres();
  const decoy = 'x\n-- Data for Name: x; Type: TABLE DATA;\n--\n\nCOPY "public"."x" ("i") FROM stdin;\n';
  await server.sql(`CREATE DATABASE prod TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'; CREATE ROLE bob;
    COMMENT ON DATABASE prod IS 'für München'; REVOKE CONNECT ON DATABASE prod FROM public; GRANT CONNECT ON DATABASE prod TO bob`);
  await server.sql(
    `CREATE TABLE own (i int); INSERT INTO own VALUES (1), (2); CREATE INDEX ix ON own (i); COMMENT ON INDEX ix IS '${decoy}';
     CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $f$ SELECT '\n-- Name: DATABASE "prod"; Type: ACL;\n\nGRANT ALL ON DATABASE "prod" TO bob;\n' $f$`,
    'prod',
  );
  expect(await bench.run(...bench.into('monday'), server.url('prod'))).toMatchObject({ code: 0 });
  expect((await bench.dumpOf('monday', 'prod')).rows).toEqual({ '"public"."own"': 2 });
  await server.sql('GRANT CONNECT ON DATABASE prod TO public; REVOKE CONNECT ON DATABASE prod FROM bob');
  const rights = (name: string): Promise<string> =>
    server.sql(
      `SELECT datacl, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '${name}'`,
    );
  const before = await rights('prod');
  expect(await bench.run('--restore', ...bench.from('monday'), '--as', 'copy', 'prod')).toMatchObject({
    code: 0,
  });
  expect(await rights('prod')).toBe(before);
  expect(await rights('copy')).toBe('{postgres=CTc/postgres,=T/postgres,bob=c/postgres}|für München\n');
  expect(await server.sql('SELECT f()', 'copy')).toBe(await server.sql('SELECT f()', 'prod'));
});

test('a database that is in use is not replaced, and is there as it was', async () => {
  const bench = new Workbench();
  const server = await startPostgres();
  await server.sql('CREATE DATABASE busy');
  await server.sql('CREATE TABLE t AS SELECT 1 AS i', 'busy');
  expect(await bench.run(...bench.into('monday'), server.url('busy'))).toMatchObject({ code: 0 });
  await server.sql('INSERT INTO t VALUES (2)', 'busy');
  const asPostgres = ['setpriv', '--reuid', 'postgres', '--regid', 'postgres', '--init-groups'];
  const user = start([...asPostgres, `${server.programs}/psql`, '-X', '-d', server.url('busy')], {
    input: 'SELECT pg_sleep(60);\n',
  });
  onTestFinished(async () => {
    await server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'busy'");
    await user.ended;
  });
  await expect.poll(async () => (await server.backends()).length, { timeout: 10_000 }).toBe(1);
  const ended = await bench.run('--restore', ...bench.from('monday'), '--overwrite', 'busy');
  expect(ended).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is being accessed by other users'),
  });
  expect(await server.sql('SELECT count(*) FROM t', 'busy')).toBe('2\n');
  expect(await server.sql("SELECT datname FROM pg_database WHERE datname LIKE 'hcoop%'")).toBe('');
});

test('templates of somebody are dumped; settings of all roles, which are not, are named', async () => {
  const bench = new Workbench();
  const server = await startPostgres();
  await server.sql('CREATE DATABASE stencil IS_TEMPLATE true');
  await server.sql("ALTER ROLE ALL SET work_mem = '5MB'");
  const ended = await bench.run(...bench.into('monday'), server.url());
  expect(ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('globals: settings of ALTER ROLE ALL are not in it'),
  });
  expect(await bench.dumpOf('monday', 'stencil')).toMatchObject({ status: 'ok' });
});

test('history, and columns that have to be named, are in the dump, are counted, and come back', async () => {
  const bench = new Workbench();
  chmodSync(bench.directory, 0o711);
  const [server, empty] = await Promise.all([startMariadb(), startMariadb()]);
  await server.sql(`CREATE DATABASE d; USE d; CREATE TABLE past (i int) WITH SYSTEM VERSIONING; INSERT INTO past VALUES (1);
    UPDATE past SET i = 2; UPDATE past SET i = 3; CREATE TABLE hidden (a int, h int INVISIBLE DEFAULT 3, t text);
    INSERT INTO hidden (a, h, t) VALUES (1, 4, 'x'), (2, 5, 'y'); CREATE TABLE next (i int); INSERT INTO next VALUES (1), (2), (3)`);
  expect(await bench.run(...bench.into('monday'), server.url())).toMatchObject({ code: 0 });
  expect((await bench.dumpOf('monday', 'd')).rows).toEqual({ '`past`': 3, '`hidden`': 2, '`next`': 3 });
  const rehearsed = await bench.run('--rehearse', ...bench.from('monday'), '--scratch', bench.directory);
  expect(rehearsed.code, rehearsed.stderr).toBe(0);
  expect(await bench.run('--restore', ...bench.from('monday'), '--into', empty.url(), 'd')).toMatchObject({
    code: 0,
  });
  const state =
    'SELECT i, row_start, row_end FROM past FOR SYSTEM_TIME ALL ORDER BY row_start; SELECT a, h, t FROM hidden';
  expect(await empty.sql(state, 'd')).toBe(await server.sql(state, 'd'));
});

test('an option file that keeps something out of dumps is named', async () => {
  const bench = new Workbench();
  const server = await startMariadb();
  await server.sql('CREATE DATABASE d; CREATE TABLE d.t (i int)');
  writeFileSync(bench.at('options'), '[mysqldump]\nno-data\n', { mode: 0o600 });
  const url = `${server.url('d')}&defaults-extra-file=${bench.at('options')}`;
  expect(await bench.run(...bench.into('monday'), url)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('an option file has --no-data for mariadb-dump'),
  });
});

test('a server in a network of its own is named, whatever is covered here', async () => {
  const server = await startRedis();
  const inside = start([
    'unshare',
    '-n',
    'redis-server',
    '--port',
    '6379',
    '--save',
    '',
    '--dir',
    server.directory,
  ]);
  onTestFinished(async () => {
    inside.child.kill('SIGKILL');
    await inside.ended;
  });
  const discover = async (): Promise<string> =>
    (await new Workbench().run('--discover', 'redis:///')).stdout.toString();
  await expect
    .poll(discover, { timeout: 10_000 })
    .toContain('redis://localhost:6379#in-a-namespace-of-its-own');
});

test.each([
  'mongodb://u:secret@h/x',
  'PostgreSQL://u:secret@h/x',
  'postgresql+psycopg2://u:secret@h/x',
  'rediss://:secret@h',
])('a password in %s is not shown', async (url) => {
  const bench = new Workbench();
  const ended = await bench.run(...bench.into('monday'), url);
  expect(ended.code).toBe(64);
  expect(ended.stderr).not.toContain('secret');
});
