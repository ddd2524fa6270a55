import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { temporaryDirectory } from 'test-kit';
import { type Postfix, startPostfix } from 'test-servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newOutbox, notify, parsed, waiting } from './kit.ts';

let postfix: Postfix & { stop(): Promise<void> };
let authFile: string;
beforeAll(async () => {
  postfix = await startPostfix({ untilStopped: true, password: true });
  authFile = postfix.authFile ?? '';
}, 60_000);
afterAll(() => postfix.stop(), 60_000);

const to = ['--to', 'ann@example.org'];

test.each(['smtps', 'smtp', 'smtp required'])('%s with a password from a file', async (how) => {
  const port = how === 'smtps' ? postfix.tlsPort : postfix.port;
  const url = `${how.split(' ')[0]}://localhost:${port}${how.includes('required') ? '?tls=required' : ''}`;
  const id = `${how.replace(' ', '-')}@example.org`;
  const args = ['--smtp', url, '--ca', postfix.ca, '--outbox', newOutbox(), ...to, '--message-id', id];
  expect(await notify([...args, '--auth-file', authFile])).toMatchObject({ code: 0, stderr: '' });
  expect(await parsed(await postfix.mails('ann'), id)).toHaveLength(1);
});

test('a wrong password is told at once, and the mail waits', async () => {
  const wrong = join(temporaryDirectory(), 'auth');
  writeFileSync(wrong, 'ann@example.org\nverysecret\n', { mode: 0o600 });
  const outbox = newOutbox();
  const url = `smtps://localhost:${postfix.tlsPort}`;
  const common = ['--smtp', url, '--ca', postfix.ca, '--outbox', outbox];
  const id = 'late@example.org';
  const ended = await notify([...common, ...to, '--message-id', id, '--auth-file', wrong]);
  expect(ended).toMatchObject({ code: 1, stdout: Buffer.from('') });
  expect(ended.stderr).toMatch(
    /^notify-admins: ann@example.org: localhost:\d+: 535 5.7.8 .*\n.*hint: is what --auth-file has/,
  );
  expect(ended.stderr).not.toMatch(/again in|verysecret/);
  expect(await notify([...common, '--flush', '--auth-file', authFile], '')).toMatchObject({ code: 0 });
  expect(await parsed(await postfix.mails('ann'), id)).toHaveLength(1);
  expect(waiting(outbox)).toEqual([]);
});

test('a file with a password that others may read is refused, and so is one without', async () => {
  const args = [
    '--smtp',
    `smtps://localhost:${postfix.tlsPort}`,
    '--outbox',
    newOutbox(),
    ...to,
    '--auth-file',
  ];
  const file = join(temporaryDirectory(), 'auth');
  writeFileSync(file, readFileSync(authFile));
  chmodSync(file, 0o640);
  const refused = await notify([...args, file]);
  expect(refused).toMatchObject({ code: 2, stdout: Buffer.from('') });
  expect(refused.stderr).toBe(
    `notify-admins: ${file}: others may read it, or write it\nnotify-admins: hint: chmod 600\n`,
  );
  writeFileSync(file, 'ann\n');
  chmodSync(file, 0o600);
  expect((await notify([...args, file])).stderr).toContain('not two lines');
});

test('a password goes nowhere but to this host without TLS', async () => {
  const { startScripted } = await import('./scripted-smtp.ts');
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const other = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  expect(other).toBeDefined(); // a machine without a network cannot show this
  const server = await startScripted({ ehlo: '250-scripted\r\n250 AUTH PLAIN' });
  const url = `smtp://${other}:${server.port}`;
  const ended = await notify(['--smtp', url, '--outbox', newOutbox(), ...to, '--auth-file', authFile]);
  expect(ended).toMatchObject({ code: 1, stdout: Buffer.from('') });
  expect(server.commands.some((line) => /^AUTH/i.test(line))).toBe(false);
  expect(server.commands).toContain('STARTTLS');
});
