import { existsSync, readdirSync } from 'node:fs';
import { captureOutput, failure, findProgram } from 'command-line';

/** Where Debian has the programs of each version (postgresql-common). */
const versions = '/usr/lib/postgresql';

/** The newest psql there is: it talks to servers of all versions. */
export function anyPsql(): string {
  const newest = installed('psql').at(-1);
  return newest === undefined ? findProgram('psql') : programOf(newest, 'psql');
}

/**
 * A program that is not older than the server, for an older one does not know what there is to dump; of several, that next to it. `major` is
 * the server's version: 15, or 9.6.
 */
export async function programNotOlder(program: string, major: number): Promise<string> {
  const there = installed(program);
  const found = there.find((version) => version >= major);
  if (found !== undefined) return programOf(found, program);
  const newest = there.at(-1) ?? (await versionOf(findProgram(program)));
  if (there.length === 0 && newest >= major) return findProgram(program);
  throw failure(
    program,
    `is of version ${newest}, and the server of ${major}: an older one cannot dump it`,
    `apt install postgresql-client-${major}`,
  );
}

/** The directory of the newest version's programs that has a server with it: for a server of one's own. */
export function serverPrograms(): string | undefined {
  const newest = installed('initdb').at(-1);
  return newest === undefined ? undefined : `${versions}/${newest}/bin`;
}

function installed(program: string): number[] {
  const found = existsSync(versions) ? readdirSync(versions) : [];
  return found
    .map(Number)
    .filter((version) => Number.isFinite(version) && existsSync(programOf(version, program)))
    .sort((a, b) => a - b);
}

function programOf(version: number, program: string): string {
  return `${versions}/${version}/bin/${program}`;
}

/** From what it says of itself: `pg_dump (PostgreSQL) 15.18 (Debian …)`. */
async function versionOf(program: string): Promise<number> {
  const said = (await captureOutput({ command: program, args: ['--version'], cwd: '/' })).toString();
  const [, first = '0', second = ''] = /(\d+)(?:\.(\d+))?/.exec(said) ?? [];
  return Number(first) >= 10 ? Number(first) : Number(`${first}.${second}`);
}

/** A server's version by its number: 150018 is of 15, 90624 of 9.6. */
export function majorOf(number: number): number {
  return number >= 100000
    ? Math.floor(number / 10000)
    : Math.floor(number / 10000) + (Math.floor(number / 100) % 100) / 10;
}
