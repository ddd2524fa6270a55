import { chown, mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { findProgram, type Report, runPipeline, type Stage, withProgram } from 'command-line';
import * as z from 'zod/mini';
import { userNamed } from '../owner.ts';
import type { Rehearsal } from '../rehearse.ts';
import type { StoredDumps } from '../stored.ts';
import { encodePart } from '../url.ts';
import { literal, quote, restoreMariadb, restoreUsers } from './restore.ts';
import { MariadbServer } from './server.ts';

/** Starts a server of the version that is installed; as somebody who owns nothing, for what is loaded can be anybody's. */
export async function rehearseMariadb(
  scratch: string,
  stored: StoredDumps,
  _report: Report,
  use: (rehearsal: Rehearsal) => Promise<void>,
): Promise<void> {
  findProgram('mariadbd');
  const user = await userNamed('nobody');
  const place = join(scratch, 'place');
  for (const directory of [place, join(place, 'data'), join(place, 'tmp')]) {
    await mkdir(directory, { mode: 0o700 });
    if (user) await chown(directory, user.uid, user.gid);
  }
  const [data, socket] = [join(place, 'data'), join(place, 'socket')];
  const run = (program: string, ...args: string[]): Stage => ({
    command: program,
    args: ['--no-defaults', `--datadir=${data}`, `--tmpdir=${join(place, 'tmp')}`, ...args],
    cwd: '/',
    ...(user && { user }),
  });
  // Root, by the socket: or whoever this process is.
  const auth = ['--auth-root-authentication-method=socket', `--auth-root-socket-user=${userInfo().username}`];
  await runPipeline([run('mariadb-install-db', ...auth, '--skip-test-db')]);
  const server = new MariadbServer(`mariadb:///?socket=${encodePart(socket)}`);
  const stage = run(
    'mariadbd',
    `--socket=${socket}`,
    '--skip-networking',
    '--innodb-flush-log-at-trx-commit=0',
    '--max-allowed-packet=1G',
  );
  await withProgram(
    stage,
    (line) => line.includes('ready for connections'),
    () =>
      use({
        load: async (dump) => {
          if (dump.kind === 'globals') return void (await restoreUsers(stored, dump, server));
          await restoreMariadb(stored, dump, server, { name: dump.name, overwrite: false });
          return (tables) => countRows(server, dump.name, tables);
        },
      }),
  );
}

/** The names are as SQL has them. A table that keeps what it had before has come with that. */
async function countRows(
  server: MariadbServer,
  database: string,
  tables: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const versioned = z.array(z.string()).parse(
    await server.ask(`SELECT COALESCE(JSON_ARRAYAGG(TABLE_NAME), JSON_ARRAY()) FROM information_schema.TABLES
      WHERE TABLE_TYPE = 'SYSTEM VERSIONED' AND TABLE_SCHEMA = ${literal(database)};\n`),
  );
  const counts = tables.map((table) => {
    const all = versioned.some((name) => quote(name) === table) ? ' FOR SYSTEM_TIME ALL' : '';
    return `${literal(table)}, (SELECT COUNT(*) FROM ${quote(database)}.${table}${all})`;
  });
  const found = await server.ask(`SELECT JSON_OBJECT(${counts.join(',\n')});\n`);
  return new Map(Object.entries(z.record(z.string(), z.number()).parse(found)));
}
