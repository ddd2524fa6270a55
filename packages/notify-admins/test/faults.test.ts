import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inMountNamespace, node, processesWith, run, start, temporaryDirectory, until } from 'test-kit';
import { type Postfix, startPostfix } from 'test-servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newOutbox, notify, notifyAdmins, parsed, waiting } from './kit.ts';
import { type Script, startScripted } from './scripted-smtp.ts';

let postfix: Postfix & { stop(): Promise<void> };
beforeAll(async () => {
  postfix = await startPostfix({ untilStopped: true });
}, 60_000);
afterAll(() => postfix.stop(), 60_000);

const to = ['--to', 'ann@example.org'];
const nothing = Buffer.from('');
const path = Buffer.from('/etc/x\n');

/** The outbox has this one mail, and the real server gets it, once, when it is flushed. */
async function expectOneDelivery(outbox: string, id: string): Promise<void> {
  expect(waiting(outbox)).toEqual([{ to: ['ann@example.org'], raw: expect.stringContaining(`<${id}>`) }]);
  const flush = ['--smtp', `smtp://127.0.0.1:${postfix.port}`, '--outbox', outbox, '--flush'];
  expect(await notify(flush, '')).toMatchObject({ code: 0, stdout: nothing });
  expect(waiting(outbox)).toEqual([]);
  expect(await notify(flush, '')).toMatchObject({ code: 0, stdout: nothing, stderr: '' });
  expect(await parsed(await postfix.mails('ann'), id)).toHaveLength(1);
}

const passing: [name: string, script: Script, why: string][] = [
  ['421 as a greeting', { greeting: '421 4.3.2 shutting down' }, '421 4.3.2 shutting down'],
  ['451 to MAIL', { mail: '451 4.3.0 later' }, '451 4.3.0 later'],
  ['450 to RCPT', { rcpt: '450 4.2.1 greylisted' }, '450 4.2.1 greylisted'],
  ['452 to DATA', { data: '452 4.3.1 disk full' }, '452 4.3.1 disk full'],
  ['451 after the dot', { end: '451 4.3.0 queue file write error' }, '451 4.3.0 queue file write error'],
  ['death before the greeting', { greeting: 'die' }, 'the connection was closed'],
  ['death at RCPT', { rcpt: 'die' }, 'the connection was closed'],
  ['death after DATA', { data: 'die' }, 'the connection was closed'],
  ['death after the dot', { end: 'die' }, 'the connection was closed'],
  ['silence before the greeting', { greeting: 'stall' }, 'no answer in time'],
  ['silence after EHLO', { ehlo: 'stall' }, 'no answer in time'],
  ['silence after MAIL', { mail: 'stall' }, 'no answer in time'],
  ['silence after RCPT', { rcpt: 'stall' }, 'no answer in time'],
  ['silence after DATA', { data: 'stall' }, 'no answer in time'],
  ['silence after the dot', { end: 'stall' }, 'no answer in time'],
];

test.each(passing)('%s: tried again, then kept, and delivered once', async (name, script, why) => {
  const server = await startScripted(script);
  const outbox = newOutbox();
  const id = `${name.replaceAll(' ', '-')}@example.org`;
  const ended = await notify([
    '--smtp',
    server.url,
    '--outbox',
    outbox,
    ...to,
    '--message-id',
    id,
    '--timeout',
    '2',
  ]);
  expect(ended).toMatchObject({ code: 1, stdout: nothing });
  const lines = ended.stderr.split('\n');
  expect(lines[0]).toBe(`notify-admins: 127.0.0.1:${server.port}: ${why}: again in 1 s`);
  expect(lines.slice(-3)).toEqual([
    expect.stringContaining('notify-admins: ann@example.org: 127.0.0.1:'),
    `notify-admins: hint: the mail is kept in ${outbox}: the next run sends it, or notify-admins --flush`,
    '',
  ]);
  expect(server.connections()).toBeGreaterThan(1);
  await expectOneDelivery(outbox, id);
});

test.each([
  ['554 as a greeting', { greeting: '554 5.3.2 no' }, '554 5.3.2 no'],
  ['550 to MAIL', { mail: '550 5.7.1 not you' }, '550 5.7.1 not you'],
  ['550 to RCPT', { rcpt: '550 5.1.1 nobody' }, '550 5.1.1 nobody'],
  ['554 after the dot', { end: '554 5.6.0 spam \x1b[2J' }, '554 5.6.0 spam \\x1b[2J'],
])('%s: not tried again, kept', async (name, script, why) => {
  const server = await startScripted(script);
  const outbox = newOutbox();
  const id = `${name.replaceAll(' ', '-')}@example.org`;
  const ended = await notify(['--smtp', server.url, '--outbox', outbox, ...to, '--message-id', id]);
  expect(ended).toMatchObject({ code: 1, stdout: nothing });
  expect(ended.stderr.split('\n')[0]).toBe(
    `notify-admins: ann@example.org: 127.0.0.1:${server.port}: ${why}`,
  );
  expect(server.connections()).toBe(1);
  await expectOneDelivery(outbox, id);
});

test('nobody listens: kept; the next run sends it, and then its own', async () => {
  const outbox = newOutbox();
  const first = [
    '--smtp',
    'smtp://127.0.0.1:1',
    '--outbox',
    outbox,
    ...to,
    '--message-id',
    'first@example.org',
  ];
  const ended = await notify([...first, '--timeout', '1']);
  expect(ended).toMatchObject({ code: 1, stdout: nothing });
  expect(ended.stderr).toContain('connection refused');
  const server = await startScripted({});
  const second = await notify([
    '--smtp',
    server.url,
    '--outbox',
    outbox,
    ...to,
    '--message-id',
    'second@example.org',
  ]);
  expect(second).toMatchObject({ code: 0, stdout: path });
  expect(second.stderr).toBe('notify-admins: outbox: sent 1 of 1 mails that waited\n');
  expect(server.messages.map((text) => /^Message-ID: (.*)\r$/m.exec(text)?.[1])).toEqual([
    '<first@example.org>',
    '<second@example.org>',
  ]);
  expect(waiting(outbox)).toEqual([]);
});

test('a server that fails twice gets it the third time, with the Message-ID that it had', async () => {
  const server = await startScripted({ mail: '451 later' }, { end: 'die' }, {});
  const outbox = newOutbox();
  const ended = await notify(['--smtp', server.url, '--outbox', outbox, ...to, '--timeout', '4']);
  expect(ended).toMatchObject({ code: 0, stdout: path });
  expect(ended.stderr.match(/again in/g)).toHaveLength(2);
  const [lost, taken] = server.messages;
  expect(server.messages).toHaveLength(2);
  expect(taken).toBe(lost);
  expect(waiting(outbox)).toEqual([]);
});

test.each([{ after: 'die' }, { quit: 'reset' }, { quit: 'stall' }, { quit: '421 no' }] as const)(
  'a server that has accepted has accepted, whatever it does then: %j',
  async (script) => {
    const server = await startScripted(script);
    const outbox = newOutbox();
    const ended = await notify(['--smtp', server.url, '--outbox', outbox, ...to]);
    expect(ended).toMatchObject({ code: 0, stdout: path, stderr: '' });
    expect(server.connections()).toBe(1);
    expect(waiting(outbox)).toEqual([]);
  },
);

test('who was refused for a while gets it later, and nobody gets it twice', async () => {
  const rcpt = (line: string): string => (line.includes('<ben>') ? '450 greylisted' : '250 ok');
  const server = await startScripted({ rcpt }, { mail: '451 later' }, {});
  const outbox = newOutbox();
  const ended = await notify([
    '--smtp',
    server.url,
    '--outbox',
    outbox,
    '--to',
    'ann',
    '--to',
    'ben',
    '--timeout',
    '4',
  ]);
  expect(ended).toMatchObject({ code: 0, stdout: path });
  const rcpts = server.commands.filter((line) => /^(RCPT|DATA)/.test(line));
  expect(rcpts).toEqual(['RCPT TO:<ann>', 'RCPT TO:<ben>', 'DATA', 'RCPT TO:<ben>', 'DATA']);
  expect(waiting(outbox)).toEqual([]);
});

test('who is refused to the end waits alone, and the paths go on: somebody has them', async () => {
  const rcpt = (line: string): string => (line.includes('<ben>') ? '450 greylisted' : '250 ok');
  const server = await startScripted({ rcpt });
  const outbox = newOutbox();
  const ended = await notify([
    '--smtp',
    server.url,
    '--outbox',
    outbox,
    '--to',
    'ann',
    '--to',
    'ben',
    '--timeout',
    '1',
  ]);
  expect(ended).toMatchObject({ code: 1, stdout: path });
  expect(waiting(outbox).map((mail) => mail.to)).toEqual([['ben']]);
  server.follow({});
  expect(await notify(['--smtp', server.url, '--outbox', outbox, '--flush'], '')).toMatchObject({ code: 0 });
  expect(server.commands.filter((line) => /^RCPT TO:<ann>/.test(line))).toHaveLength(1);
});

/** A program in the place of sendmail. */
function program(script: string): string {
  const file = join(temporaryDirectory(), 'sendmail');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

test.each([
  [
    'exits 75',
    'echo "mail system is down" >&2; exit 75',
    'failed with exit code 75: mail system is down',
    true,
  ],
  ['exits 67', 'echo "no such user" >&2; exit 67', 'failed with exit code 67: no such user', false],
  ['is killed', 'kill -9 $$', 'ended by SIGKILL', true],
  ['hangs', 'sleep 986754 & wait', 'no answer in time', true],
  ['hangs in another', 'sleep 986754', 'no answer in time', true],
])('a sendmail program that %s', async (name, script, why, isPassing) => {
  const sendmail = program(script);
  const outbox = newOutbox();
  const id = `program-${name.replaceAll(' ', '-')}@example.org`;
  const args = ['--sendmail', sendmail, '--outbox', outbox, ...to, '--message-id', id, '--timeout', '1'];
  const ended = await notify(args);
  expect(ended).toMatchObject({ code: 1, stdout: nothing });
  expect(ended.stderr).toContain(`notify-admins: ann@example.org: ${sendmail}: ${why}\n`);
  expect(ended.stderr.includes('again in')).toBe(isPassing);
  expect(processesWith('sleep 986754')).toEqual([]);
  await expectOneDelivery(outbox, id);
});

test('a sendmail program that is not there', async () => {
  const outbox = newOutbox();
  const ended = await notify(['--sendmail', '/nowhere/sendmail', '--outbox', outbox, ...to]);
  expect(ended).toMatchObject({ code: 1, stdout: nothing });
  expect(ended.stderr).toBe(`notify-admins: ann@example.org: /nowhere/sendmail: no such program
notify-admins: hint: apt install postfix, or another mail-transport-agent; or give --smtp URL\n`);
  expect(waiting(outbox)).toHaveLength(1);
});

test.each([
  ['missing', '/nowhere/tmp', 'no such file or directory'],
  ['full', '/dev/shm', 'no space left on device'],
])('a directory for temporary files that is %s: the mail waits', async (_, TMPDIR, why) => {
  const outbox = newOutbox();
  const full =
    'mount -t tmpfs -o size=4k tmpfs /dev/shm; dd if=/dev/zero of=/dev/shm/full status=none || true; exec "$@"';
  const args = [...to, '--sendmail', '/bin/true', '--timeout', '1', '--outbox', outbox, '/etc/x'];
  const ended = await run(inMountNamespace(full, node, notifyAdmins, ...args), { env: { TMPDIR } });
  expect(ended).toMatchObject({ code: 1, stdout: nothing });
  expect(ended.stderr).toContain(`ann@example.org: /bin/true: ${TMPDIR}: ${why}\n`);
  expect(waiting(outbox)).toHaveLength(1);
});

test('what a sendmail program gets: the mail with newlines, and nothing of our environment', async () => {
  const directory = temporaryDirectory();
  const sendmail = program(`cd ${directory}; cat > mail; env > env; printf '%s\\n' "$@" > args`);
  const args = [
    '--sendmail',
    sendmail,
    '--outbox',
    newOutbox(),
    '--from',
    'f@example.org',
    '--to',
    'ann',
    '--to',
    'ben',
  ];
  expect(await notify(args)).toMatchObject({ code: 0, stdout: path, stderr: '' });
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  expect(read('args')).toBe('-i\n-f\nf@example.org\n--\nann\nben\n');
  expect(read('mail')).not.toContain('\r');
  expect(read('mail')).toMatch(/^To: <ann>, <ben>$/m);
  expect(read('env')).not.toMatch(/^(HOME|USER|npm_)/m);
});

test('the sendmail program ends with this one, even when that is killed', async () => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const outbox = newOutbox();
    const args = ['--sendmail', program('exec sleep 986755'), '--outbox', outbox, ...to];
    const running = start([notifyAdmins, ...args], { input: '/a\n' });
    await until(() => processesWith('^sleep 986755').length > 0);
    running.child.kill(signal);
    expect(await running.ended).toMatchObject({ stdout: nothing, code: signal === 'SIGTERM' ? 143 : null });
    await until(() => processesWith('^sleep 986755').length === 0);
    expect(waiting(outbox)).toHaveLength(1);
  }
});
