import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHost, run, startSshServer } from 'test-kit';
import { expect, test } from 'vitest';

const rounds = 25;

/** Pulls a small date over ssh, again and again, by each of the commands in turn, and tells the median of each. */
test('what rsync-gate adds to a pull over ssh, beside rrsync', async () => {
  const host = makeHost();
  const date = join(host.staging, '2026-11-20');
  mkdirSync(date, { recursive: true });
  writeFileSync(join(date, 'MANIFEST.json'), '{}');
  expect(existsSync('/usr/bin/rrsync')).toBe(true);
  const commands = {
    'rsync itself': { command: `rsync --server --sender -logDtpre.iLsfxCIvu . ${date}/`, path: `${date}/` },
    'rrsync -ro': { command: `/usr/bin/rrsync -ro ${host.staging}`, path: '2026-11-20/' },
    'rsync-gate': { command: `rsync-gate --root ${host.staging}`, path: `${date}/` },
  };
  const pulls = await Promise.all(
    Object.entries(commands).map(async ([name, { command, path }]) => {
      const other = name === 'rsync-gate' ? host : makeHost();
      const server = await startSshServer(other, { command });
      return { name, path, server, times: [] as number[] };
    }),
  );
  for (let i = 0; i < rounds; i += 1)
    for (const { path, server, times } of pulls) {
      const to = join(host.directory, 'to');
      rmSync(to, { recursive: true, force: true });
      const began = performance.now();
      const ended = await run(['rsync', '-a', '-e', `ssh -F ${server.sshConfig}`, `host:${path}`, to]);
      times.push(performance.now() - began);
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
    }
  const medians = new Map(
    pulls.map(({ name, times }) => [name, times.sort((a, b) => a - b)[rounds >> 1] ?? 0]),
  );
  const peer = medians.get('rrsync -ro') ?? 0;
  for (const [name, median] of medians)
    process.stdout.write(
      `${name.padEnd(14)} ${median.toFixed(0).padStart(5)} ms  ${(median / peer).toFixed(2)} of rrsync -ro\n`,
    );
});
