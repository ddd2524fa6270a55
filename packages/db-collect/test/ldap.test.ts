import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, node, run } from 'test-kit';
import { type Slapd, startSlapd } from 'test-servers';
import { expect, test } from 'vitest';
import { Workbench } from './workbench.ts';

const asOpenldap = ['setpriv', '--reuid', 'openldap', '--regid', 'openldap', '--init-groups'];

async function output(argv: readonly string[], input?: string): Promise<string> {
  const ended = await run(argv, input === undefined ? {} : { input });
  if (ended.code !== 0) throw new Error(`${argv.join(' ')}: ${ended.stderr}`);
  return ended.stdout.toString('latin1');
}

function urlOf({ configDirectory }: Slapd, suffix = ''): string {
  return `ldap:///${encodeURIComponent(suffix)}?config=${configDirectory}`;
}

/** Who owns what slapd has on the disk. */
function owners({ configDirectory, dataDirectories }: Slapd): Set<number> {
  const all = [configDirectory, ...dataDirectories].flatMap((place) =>
    ['', ...readdirSync(place, { recursive: true, encoding: 'utf8' })].map(
      (name) => statSync(join(place, name)).uid,
    ),
  );
  return new Set(all);
}

/** What slapcat prints of the database of a number. */
function slapcat(config: string, number: number): Promise<string> {
  return output([...asOpenldap, 'slapcat', '-F', config, '-o', 'ldif-wrap=no', '-n', String(number)]);
}

test.each(['runs', 'is down'])(
  'a slapd that %s is loaded into an empty one from its dumps, and is the same',
  async (state) => {
    const bench = new Workbench();
    const server = await startSlapd();
    await server.fill();
    if (state === 'is down') {
      await server.kill('SIGTERM');
      for (const place of server.dataDirectories) rmSync(join(place, 'lock.mdb')); // which slapcat makes again
    }
    const before = owners(server);
    expect(await bench.run('-0', ...bench.into('monday'), urlOf(server))).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(owners(server)).toEqual(before);
    expect(before).not.toContain(0);
    const { dumps } = await bench.record('monday');
    expect(dumps.map(({ name, kind, status }) => [name, kind, status])).toEqual([
      ['configuration', 'globals', 'ok'],
      ...server.suffixes.map((suffix) => [suffix, 'database', 'ok']),
    ]);
    const again = await bench.run('-0', '-v', ...bench.into('tuesday', 'monday'), urlOf(server));
    expect(again.stderr.match(/: unchanged$/gm)).toHaveLength(3);

    const wanted = await Promise.all([0, 1, 2].map((number) => slapcat(server.configDirectory, number)));
    if (state === 'runs') await server.kill('SIGTERM');
    // As docs of slapd have it: the data beside, an empty configuration, and slapadd.
    for (const place of [server.configDirectory, ...server.dataDirectories]) {
      renameSync(place, `${place}.old`);
      await output([...asOpenldap, 'mkdir', '-m', '700', place]);
    }
    for (const [number, dump] of dumps.entries()) {
      const ldif = await bench.open('tuesday', dump.file);
      await output([...asOpenldap, 'slapadd', '-F', server.configDirectory, '-n', String(number)], ldif);
    }
    expect(await Promise.all([0, 1, 2].map((number) => slapcat(server.configDirectory, number)))).toEqual(
      wanted,
    );
    await server.start();
    expect(await server.search(server.suffixes[1])).toMatch(/^dn:/m);
  },
);

test('one suffix is dumped by its name, and the rows are its entries', async () => {
  const bench = new Workbench();
  const server = await startSlapd();
  await server.fill();
  const [first, second] = server.suffixes;
  const urls = [urlOf(server, second), urlOf(server, first)];
  expect(await bench.run('-0', ...bench.into('monday'), ...urls)).toMatchObject({ code: 0, stderr: '' });
  const entries = async (number: number): Promise<number> =>
    (await slapcat(server.configDirectory, number)).match(/^dn:/gm)?.length ?? 0;
  expect((await bench.record('monday')).dumps).toMatchObject([
    { name: second, rows: { entries: await entries(2) } },
    { name: first, rows: { entries: await entries(1) } },
  ]);
  const none = await bench.run('--list', urlOf(server, 'dc=none'));
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no such suffix') });
  expect(none.stderr).toContain(first);
});

test('a subordinate database is dumped once: by itself, and not below the other one as well', async () => {
  const bench = new Workbench();
  const server = await startSlapd();
  await server.fill();
  const place = join(server.directory, 'data3');
  mkdirSync(place);
  await output(['chown', 'openldap:', place]);
  const suffix = `ou=below,${server.suffixes[0]}`;
  // A subordinate one must stand before the one that it is below of.
  await server.add(`dn: olcDatabase={1}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {1}mdb
olcSuffix: ${suffix}
olcSubordinate: TRUE
olcDbDirectory: ${place}
olcAccess: to * by * manage
`);
  await server.add(`dn: ${suffix}\nobjectClass: organizationalUnit\nou: below\ndescription: once\n`);
  expect(await bench.run('-0', ...bench.into('monday'), urlOf(server))).toMatchObject({
    code: 0,
    stderr: '',
  });
  const { dumps } = await bench.record('monday');
  const texts = await Promise.all(
    dumps.map(async ({ name, file }) => [name, await bench.open('monday', file)] as const),
  );
  expect(texts.filter(([, text]) => text.includes('description: once')).map(([name]) => name)).toEqual([
    suffix,
  ]);
  expect(texts.map(([name]) => name)).toEqual(['configuration', suffix, ...server.suffixes]);
});

test('a suffix whose data are damaged is named, and the rest is dumped', async () => {
  const bench = new Workbench();
  const server = await startSlapd();
  await server.fill();
  await server.kill('SIGTERM');
  const [, data] = server.dataDirectories;
  writeFileSync(join(data, 'data.mdb'), Buffer.alloc(100_000, 0xaa));
  const ended = await bench.run('-0', ...bench.into('monday'), urlOf(server));
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/Büro.*slapcat/) });
  const { dumps, missing } = await bench.record('monday');
  expect(dumps.map(({ name }) => name)).toEqual(['configuration', server.suffixes[0]]);
  expect(missing).toHaveLength(1);
});

test.each([
  [
    'missing',
    (directory: string) => renameSync(directory, `${directory}.old`),
    /bad configuration directory/,
  ],
  [
    'empty',
    (directory: string) => {
      renameSync(directory, `${directory}.old`);
      mkdirSync(directory);
    },
    /slapcat/,
  ],
])('a configuration that is %s is named', async (_, spoil, said) => {
  const bench = new Workbench();
  const server = await startSlapd();
  await server.kill('SIGTERM');
  spoil(server.configDirectory);
  const ended = await bench.run('-0', ...bench.into('monday'), urlOf(server));
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(said) });
  expect(ended.stderr).toContain(server.configDirectory);
});

test('a configuration that only others may read is named', async () => {
  const bench = new Workbench();
  const server = await startSlapd();
  chmodSync(server.configDirectory, 0o700);
  chmodSync(bench.directory, 0o777);
  const args = ['-0', ...bench.into('monday'), urlOf(server)];
  const nobody = ['setpriv', '--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups'];
  const ended = await run([...nobody, node, builtCommand('db-collect'), ...args]);
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/bad configuration directory/) });
});
