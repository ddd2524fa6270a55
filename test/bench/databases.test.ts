import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, keyPair, node, run, temporaryDirectory } from 'test-kit';
import { type Postgres, startPostgres } from 'test-servers';
import { expect, test } from 'vitest';

const rounds = 5;
const megabytes = Number(process.env.BENCH_MEGABYTES ?? 1000);

/** Measures with a real server: a dump of one large table beside the bare pipeline, and what memory it takes. */
test('what a dump takes beside the bare pipeline, and its memory', async () => {
  const server = await startPostgres();
  const directory = temporaryDirectory();
  const { recipients } = keyPair(directory);
  const at = (name: string): string => join(directory, name);
  await fill(server, 'small', megabytes / 10);
  await fill(server, 'large', megabytes);
  const bare = `set -o pipefail; setpriv --reuid postgres --regid postgres --init-groups ${server.programs}/pg_dump -d "${server.url('large')}" |
    zstd -3 -T0 -q -c | age -R ${recipients} > ${at('bare')}`;
  const dump = (name: string): string[] => [
    node,
    builtCommand('db-collect'),
    '-q',
    '-R',
    recipients,
    '-d',
    at('d'),
    server.url(name),
  ];
  const commands = { 'pg_dump | zstd | age': ['bash', '-c', bare], 'db-collect': dump('large') };
  const times = new Map<string, number[]>(Object.keys(commands).map((name) => [name, []]));
  for (let i = 0; i < rounds; i += 1)
    for (const [name, argv] of Object.entries(commands)) {
      rmSync(at('d'), { recursive: true, force: true });
      const began = performance.now();
      const ended = await run(argv);
      expect(ended.code, ended.stderr).toBe(0);
      times.get(name)?.push(performance.now() - began);
    }
  const peer = median(times.get('pg_dump | zstd | age') ?? []);
  for (const [name, all] of times)
    tell(
      name,
      `${median(all).toFixed(0).padStart(6)} ms  ${(peer / median(all)).toFixed(2)} of the throughput of pg_dump | zstd -T0 | age`,
    );
  for (const name of ['small', 'large']) {
    rmSync(at('d'), { recursive: true, force: true });
    tell(`db-collect, ${name}`, `${await peak(dump(name))} MB  peak resident set of its own process`);
  }
}, 1_200_000);

/** Rows of some 100 bytes, half text and half noise. */
async function fill(server: Postgres, name: string, size: number): Promise<void> {
  await server.sql(`CREATE DATABASE ${name}`);
  await server.sql(
    `CREATE TABLE rows AS SELECT i AS id, now() AS at, md5(i::text) AS noise, 'a customer of number ' || i % 1000 AS text
     FROM generate_series(1, ${Math.round(size * 9_900)}) i`,
    name,
  );
}

async function peak(argv: readonly string[]): Promise<number> {
  const script = `
import os, sys
child = os.fork()
if child == 0:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.execvp(sys.argv[1], sys.argv[1:])
usage = os.wait4(child, 0)[2]
print(usage.ru_maxrss // 1024)`;
  const { stdout } = await run(['python3', '-c', script, ...argv]);
  return Number(stdout.toString());
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0;
}

function tell(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(28)} ${figure}\n`);
}
