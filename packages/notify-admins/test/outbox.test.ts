import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { run, start, until } from 'test-kit';
import { expect, test } from 'vitest';
import { newOutbox, notify, notifyAdmins, waiting } from './kit.ts';
import { startScripted } from './scripted-smtp.ts';

const to = ['--to', 'ann@example.org'];
const nothing = Buffer.from('');
const path = Buffer.from('/etc/x\n');
const id = ['--message-id', 'run-1@example.org'];

test('a mail that was accepted is not sent again under its Message-ID', async () => {
  const server = await startScripted({});
  const outbox = newOutbox();
  const args = ['--smtp', server.url, '--outbox', outbox, ...to, ...id];
  expect(await notify(args)).toMatchObject({ code: 0, stdout: path, stderr: '' });
  const again = await notify(args);
  expect(again).toMatchObject({ code: 0, stdout: path });
  expect(again.stderr).toBe('notify-admins: <run-1@example.org>: was accepted before: not sent again\n');
  expect(server.messages).toHaveLength(1);
});

test('a mail that waits is what is sent when its run comes again', async () => {
  const server = await startScripted({ mail: '550 no' });
  const outbox = newOutbox();
  const args = ['--smtp', server.url, '--outbox', outbox, ...to, ...id];
  expect(await notify(args)).toMatchObject({ code: 1, stdout: nothing });
  const [{ raw } = { raw: '' }] = waiting(outbox);
  server.follow({});
  expect(await notify(args)).toMatchObject({ code: 0, stdout: path, stderr: '' });
  expect(server.messages.map((text) => `${text}\r\n`)).toEqual([raw]);
  expect(waiting(outbox)).toEqual([]);
});

test('modes: nobody else can enter it or read what is in it', async () => {
  const outbox = newOutbox();
  await notify(['--smtp', 'smtp://127.0.0.1:1', '--timeout', '0', '--outbox', outbox, ...to]);
  expect(statSync(outbox).mode & 0o7777).toBe(0o700);
  for (const name of readdirSync(outbox)) expect(statSync(join(outbox, name)).mode & 0o7777).toBe(0o600);
  expect(readdirSync(outbox).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('one that others may write to is not used, and the mail goes out all the same', async () => {
  const server = await startScripted({});
  const outbox = newOutbox();
  mkdirSync(outbox);
  chmodSync(outbox, 0o770);
  const args = ['--smtp', server.url, '--outbox', outbox, ...to, ...id];
  const ended = await notify(args);
  expect(ended).toMatchObject({ code: 1, stdout: path });
  expect(ended.stderr).toContain(`notify-admins: ${outbox}: others may read it, or write to it\n`);
  expect(server.messages).toHaveLength(1);
  server.follow({ mail: '550 no' });
  const lost = await notify(args);
  expect(lost).toMatchObject({ code: 2, stdout: nothing });
  expect(lost.stderr).toContain(': 550 no: the mail is neither sent nor kept\n');
  expect(await notify(['--smtp', server.url, '--outbox', outbox, '--flush'], '')).toMatchObject({ code: 2 });
});

test('one that is full takes no more; what it has can still be sent', async () => {
  const outbox = newOutbox();
  const refused = ['--smtp', 'smtp://127.0.0.1:1', '--timeout', '0', '--outbox', outbox, ...to];
  expect(await notify(refused)).toMatchObject({ code: 1 });
  const [name = ''] = readdirSync(outbox).filter((each) => each.endsWith('.eml'));
  const text = readFileSync(join(outbox, name), 'latin1');
  for (let i = 1; i < 100; i += 1) {
    const other = text.replace('"id":"<', `"id":"<${i}.`);
    writeFileSync(join(outbox, `${String(i).padStart(64, '0')}.eml`), other, { mode: 0o600 });
  }
  const full = await notify(refused);
  expect(full).toMatchObject({ code: 2, stdout: nothing });
  expect(full.stderr).toContain(`notify-admins: ${outbox}: full: 100 mails wait in it\n`);
  const server = await startScripted({});
  const ended = await notify(['--smtp', server.url, '--outbox', outbox, ...to]);
  expect(ended).toMatchObject({ code: 0, stdout: path });
  expect(server.messages).toHaveLength(101);
});

test('a damaged mail in it keeps none of the others from being sent', async () => {
  const outbox = newOutbox();
  await notify(['--smtp', 'smtp://127.0.0.1:1', '--timeout', '0', '--outbox', outbox, ...to]);
  writeFileSync(join(outbox, `${'0'.repeat(64)}.eml`), '{}\nSubject: x\r\n\r\n', { mode: 0o600 });
  const server = await startScripted({});
  const ended = await notify(['--smtp', server.url, '--outbox', outbox, '--flush'], '');
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.stderr).toContain(`${'0'.repeat(64)}.eml: not a mail of notify-admins\n`);
  expect(server.messages).toHaveLength(1);
});

test('two at once send a waiting mail once, and their own one each', async () => {
  const outbox = newOutbox();
  await notify(['--smtp', 'smtp://127.0.0.1:1', '--timeout', '0', '--outbox', outbox, ...to]);
  const server = await startScripted({});
  const args = ['--smtp', server.url, '--outbox', outbox, ...to];
  const ended = await Promise.all([
    notify(args),
    notify(args),
    notify(args),
    notify([...args.slice(0, 4), '--flush']),
  ]);
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(server.messages).toHaveLength(4);
});

test('two at once with one Message-ID send one mail', async () => {
  const server = await startScripted({});
  const args = ['--smtp', server.url, '--outbox', newOutbox(), ...to, ...id];
  const ended = await Promise.all([notify(args), notify(args)]);
  expect(ended.map(({ code }) => code)).toEqual([0, 0]);
  expect(server.messages).toHaveLength(1);
});

test('who does not get at the outbox in time leaves the mail there', async () => {
  const outbox = newOutbox();
  const server = await startScripted({ greeting: 'stall' }, {});
  const args = ['--smtp', server.url, '--outbox', outbox, ...to];
  const first = start([notifyAdmins, ...args], { input: '/a\n' });
  await until(() => server.connections() === 1);
  const second = await notify([...args, '--timeout', '1']);
  expect(second).toMatchObject({ code: 1, stdout: nothing });
  expect(second.stderr).toContain('not sent: another notify-admins works with the outbox\n');
  first.child.kill('SIGTERM');
  expect(await first.ended).toMatchObject({ code: 143, stdout: nothing });
  expect(waiting(outbox)).toHaveLength(2);
  expect(await notify(['--smtp', server.url, '--outbox', outbox, '--flush'], '')).toMatchObject({ code: 0 });
  expect(server.messages).toHaveLength(2);
});

test.each(['SIGTERM', 'SIGKILL'] as const)('%s at each step: the mail is in the outbox', async (signal) => {
  for (const step of ['greeting', 'ehlo', 'mail', 'rcpt', 'data', 'end'] as const) {
    const server = await startScripted({ [step]: 'stall' });
    const outbox = newOutbox();
    const running = start([notifyAdmins, '--smtp', server.url, '--outbox', outbox, ...to, ...id], {
      input: '/a\n',
    });
    await until(() => server.reached(step));
    running.child.kill(signal);
    const ended = await running.ended;
    expect([ended.code, ended.signal]).toEqual(signal === 'SIGTERM' ? [143, null] : [null, 'SIGKILL']);
    expect(ended.stdout).toEqual(nothing);
    expect(waiting(outbox)).toHaveLength(1);
  }
});

test('killed when the mail had been noted as accepted and was not removed yet: not sent again', async () => {
  const outbox = newOutbox();
  await notify(['--smtp', 'smtp://127.0.0.1:1', '--timeout', '0', '--outbox', outbox, ...to, ...id]);
  const [name = ''] = readdirSync(outbox).filter((each) => each.endsWith('.eml'));
  copyFileSync(join(outbox, name), join(outbox, '../kept'));
  const server = await startScripted({});
  const flush = ['--smtp', server.url, '--outbox', outbox, '--flush'];
  expect(await notify(flush, '')).toMatchObject({ code: 0 });
  copyFileSync(join(outbox, '../kept'), join(outbox, name));
  expect(await notify(flush, '')).toMatchObject({ code: 0 });
  expect(waiting(outbox)).toEqual([]);
  expect(server.messages).toHaveLength(1);
});

test('the list of what was accepted is bounded', async () => {
  const server = await startScripted({});
  const outbox = newOutbox();
  const args = ['--smtp', server.url, '--outbox', outbox, ...to];
  await notify(args);
  const file = join(outbox, 'accepted');
  writeFileSync(file, Array.from({ length: 1000 }, (_, i) => `${i}\n`).join(''));
  await notify(args);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  expect(lines).toHaveLength(1000);
  expect(lines[0]).toBe('1');
  expect(lines.at(-1)).toMatch(/^[0-9a-f]{64}$/);
});

test('what a run that was killed has left half-written is removed, and what one is writing is not', async () => {
  const outbox = newOutbox();
  const server = await startScripted({});
  const flush = ['--smtp', server.url, '--outbox', outbox, '--flush'];
  expect(await notify(flush, '')).toMatchObject({ code: 0, stderr: '' });
  const [left, fresh] = [join(outbox, '.x.eml.0.partial'), join(outbox, '.y.eml.0.partial')];
  for (const file of [left, fresh]) writeFileSync(file, 'half');
  utimesSync(left, 0, 0);
  expect(await notify(flush, '')).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(outbox).sort()).toEqual(['.y.eml.0.partial', 'lock']);
});

test('one that cannot be made: an ordinary user who named none sends without it', async () => {
  const server = await startScripted({}, { mail: '550 no' });
  const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', process.execPath];
  const args = [...asNobody, notifyAdmins, '--smtp', server.url, ...to];
  expect(await run(args, { input: '/a\n' })).toMatchObject({
    code: 0,
    stderr: '',
    stdout: Buffer.from('/a\n'),
  });
  const lost = await run(args, { input: '/a\n' });
  expect(lost).toMatchObject({ code: 2, stdout: nothing });
  expect(lost.stderr).toMatch(/: 550 no: the mail is neither sent nor kept\n$/);
});

test('where a server refuses a mail that waits, the others are tried; where it does not answer, none is', async () => {
  const outbox = newOutbox();
  for (const _ of [1, 2])
    await notify(['--smtp', 'smtp://127.0.0.1:1', '--timeout', '0', '--outbox', outbox, ...to]);
  const server = await startScripted({ mail: '550 no' });
  const flush = ['--smtp', server.url, '--outbox', outbox, '--flush', '--timeout', '2'];
  expect(await notify(flush, '')).toMatchObject({ code: 1 });
  expect(server.connections()).toBe(2);
  server.follow({ mail: '451 later' });
  expect(await notify(flush, '')).toMatchObject({ code: 1 });
  expect(server.connections()).toBe(3);
  expect(waiting(outbox)).toHaveLength(2);
});
