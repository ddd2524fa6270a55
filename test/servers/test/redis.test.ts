import { readFileSync, statSync } from 'node:fs';
import { run } from 'test-kit';
import { startRedis } from 'test-servers';
import { expect, test } from 'vitest';

test('a Redis with keys of all types, which a restart keeps', async () => {
  const redis = await startRedis();
  await redis.fill();
  const types = await Promise.all(
    ['plain', 'list', 'set', 'hash', 'sorted', 'stream'].map((key) => redis.cli(['type', key])),
  );
  expect(types).toEqual(['string\n', 'list\n', 'set\n', 'hash\n', 'zset\n', 'stream\n']);
  expect(await redis.cli(['-n', '15', 'pexpiretime', 'last'])).toBe('4102444800123\n');
  const digest = await redis.digest();
  expect(digest).toMatch(/^[0-9a-f]{40}$/);
  await redis.cli(['save']);
  await redis.cli(['flushall']);
  expect(await redis.digest()).not.toBe(digest);
  await redis.kill();
  await redis.start();
  expect(await redis.digest()).toBe(digest);
});

test('a Redis with a port and a password', async () => {
  const [redis, other] = await Promise.all([startRedis({ port: true, password: true }), startRedis()]);
  await redis.cli(['-x', 'set', 'key'], Buffer.from([0, 255]));
  expect(await other.cli(['exists', 'key'])).toBe('0\n');
  expect(statSync(redis.passwordFile ?? '').mode & 0o777).toBe(0o600);
  const at = ['redis-cli', '-e', '-h', '127.0.0.1', '-p', String(redis.port), 'strlen', 'key'];
  expect((await run(at)).stderr).toMatch(/NOAUTH/);
  const password = readFileSync(redis.passwordFile ?? '', 'utf8').trimEnd();
  expect((await run(at, { env: { REDISCLI_AUTH: password } })).stdout.toString()).toBe('2\n');
});
