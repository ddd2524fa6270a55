import { randomBytes } from 'node:crypto';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandError, failure, runPipeline, usageError } from 'command-line';
import { fromText } from 'path-stream';
import * as z from 'zod/mini';
import type { DumpRecord } from '../record.ts';
import { rewriting } from '../rewriting.ts';
import type { StoredDumps } from '../stored.ts';
import type { MariadbServer } from './server.ts';
import { InsertTracker } from './text.ts';

/** Loads a database into a server, under a name that is not there, or not any more: MariaDB cannot give a database another name later. */
export async function restoreMariadb(
  stored: StoredDumps,
  dump: DumpRecord,
  server: MariadbServer,
  { name, overwrite }: { readonly name: string; readonly overwrite: boolean },
): Promise<void> {
  if (name !== dump.name && dump.name.includes('\n'))
    throw usageError('--as', 'cannot give another name to a database with a newline in its own');
  const isThere = await exists(server, name);
  if (isThere && !overwrite)
    throw failure(name, 'there is such a database already', 'give --as NAME, or --overwrite to replace it');
  if (isThere) {
    await tryOut(stored, dump, server);
    await say(server, `DROP DATABASE ${quote(name)};\n`);
  }
  try {
    await loadAs(stored, dump, server, name);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const hint = `what was loaded until then is there: DROP DATABASE ${quote(name)} takes it away`;
    throw failure(error.what, error.why, hint);
  }
  if (name !== dump.name) await disableEvents(server, name);
}

/** Before anything is dropped: whether the server takes the dump at all, in a database that goes again. */
async function tryOut(stored: StoredDumps, dump: DumpRecord, server: MariadbServer): Promise<void> {
  if (dump.name.includes('\n')) return;
  const trial = `hcoop_restore_${randomBytes(6).toString('hex')}`;
  try {
    await loadAs(stored, dump, server, trial);
  } finally {
    await say(server, `DROP DATABASE IF EXISTS ${quote(trial)};\n`);
  }
}

function loadAs(stored: StoredDumps, dump: DumpRecord, server: MariadbServer, name: string): Promise<void> {
  return load(stored, dump, server, name === dump.name ? [] : [renaming(dump.name, name)]);
}

/** Those of a copy do what those of the original do, maybe to the same tables. */
async function disableEvents(server: MariadbServer, name: string): Promise<void> {
  const query = `SELECT COALESCE(JSON_ARRAYAGG(EVENT_NAME), JSON_ARRAY()) FROM information_schema.EVENTS
    WHERE STATUS = 'ENABLED' AND EVENT_SCHEMA = ${literal(name)};\n`;
  const events = z.array(z.string()).parse(await server.ask(query));
  for (const event of events) await say(server, `ALTER EVENT ${quote(name)}.${quote(event)} DISABLE;\n`);
}

async function say(server: MariadbServer, statement: string): Promise<void> {
  const stage = server.stage('client', ['--batch', '--default-character-set=utf8mb4']);
  await runPipeline([stage], { input: async (stdin) => void stdin.end(statement) });
}

/** Loads users, roles and rights: after the databases, for rights on tables need the tables. Who is there already is changed. */
export function restoreUsers(stored: StoredDumps, dump: DumpRecord, server: MariadbServer): Promise<void> {
  return load(stored, dump, server, []);
}

/** Has the client read a script, which comes as it is decrypted: as it is, for it takes `\r\n` apart otherwise (mariadb(1), --binary-mode). */
function load(
  stored: StoredDumps,
  dump: DumpRecord,
  server: MariadbServer,
  passing: readonly Transform[],
): Promise<void> {
  const stage = server.stage('client', [
    '--batch',
    '--binary-mode',
    '--default-character-set=utf8mb4',
    '--max-allowed-packet=1G',
  ]);
  return stored.open(dump, async (plaintext) => {
    plaintext.removeAllListeners('readable'); // what keeps it for a late reader keeps it from flowing
    await runPipeline([stage], { input: (stdin) => pipeline([plaintext, ...passing, stdin]) });
  });
}

async function exists(server: MariadbServer, name: string): Promise<boolean> {
  const query = `SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ${literal(name)};\n`;
  return z.number().parse(await server.ask(query)) > 0;
}

export function literal(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}

export function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** Gives a dump's database another name, in the statements that mariadb-dump writes of it. It is left alone in what views and routines say. */
function renaming(name: string, to: string): Transform {
  const starts = ['CREATE DATABASE ', 'USE ', 'ALTER DATABASE '];
  return rewriting(new InsertTracker(), starts, (line) =>
    line.replace(quote(fromText(name)), () => quote(fromText(to))),
  );
}
