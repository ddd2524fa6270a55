import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';
import { newOutbox, notify, notifyAdmins } from './kit.ts';
import { startScripted } from './scripted-smtp.ts';

const to = ['--to', 'root'];

test.each([
  [[], '--to: nobody to send it to', 'give --to root'],
  [['--to', 'a b'], '--to: not a plain address: a b', 'give user@example.org, or a local user'],
  [['--to', 'a@b.org\nBcc: c@d.org'], '--to: not a plain address: a@b.org\\nBcc: c@d.org', expect.anything()],
  [['--to', 'Ann <a@b.org>'], '--to: not a plain address: Ann <a@b.org>', expect.anything()],
  [['--to', 'é@b.org'], '--to: not a plain address: é@b.org', expect.anything()],
  [[...to, '--from', 'a,b'], '--from: not a plain address: a,b', expect.anything()],
  [[...to, '--subject', 'a\r\nBcc: b@c.org'], '--subject: a newline or control character in it', undefined],
  [[...to, '--subject', 'a\u202eb'], '--subject: a newline or control character in it', undefined],
  [[...to, '--subject', 'x'.repeat(301)], '--subject: longer than 300 characters', undefined],
  [[...to, '--message-id', 'a\n@b'], '--message-id: not a Message-ID: a\\n@b', 'give name@host'],
  [[...to, '--message-id', 'no-host'], '--message-id: not a Message-ID: no-host', 'give name@host'],
  [[...to, '--smtp', 'http://a'], '--smtp: not a URL of a mail server', expect.anything()],
  [[...to, '--smtp', 'smtp://u:secret@a'], '--smtp: a user or a password in it', 'they are for --auth-file'],
  [[...to, '--smtp', 'smtp://a/path'], '--smtp: more than a host and a port in it', expect.anything()],
  [[...to, '--smtp', 'smtp://a?tls=no'], '--smtp: more than a host and a port in it', expect.anything()],
  [
    [...to, '--smtp', 'smtps://a?tls=required'],
    '--smtp: more than a host and a port in it',
    expect.anything(),
  ],
  [[...to, '--auth-file', '/x'], '--auth-file: goes with --smtp', undefined],
  [[...to, '--ca', '/x'], '--ca: goes with --smtp', undefined],
  [['--flush', ...to], '--to: cannot be combined with --flush', undefined],
  [['--flush', '--report', 'x'], '--report: cannot be combined with --flush', undefined],
  [['--flush', '/etc/x'], '--flush: reads no paths', undefined],
  [[...to, '--timeout', 'soon'], '--timeout: not a whole number: soon', undefined],
])('%j: exit code 64 and one clear message', async (args, message, hint) => {
  const ended = await notify([...args, '--outbox', newOutbox()]);
  expect(ended).toMatchObject({ code: 64, stdout: Buffer.from('') });
  const [first, second] = ended.stderr.split('\n');
  expect(first).toBe(`notify-admins: ${message}`);
  if (hint !== undefined) expect(second?.replace('notify-admins: hint: ', '')).toEqual(hint);
  expect(ended.stderr).not.toContain('secret');
});

test('no paths and no report: no mail; with a report, always one', async () => {
  const server = await startScripted({});
  const args = ['--smtp', server.url, '--outbox', newOutbox(), ...to];
  expect(await notify(args, '')).toMatchObject({ code: 0, stdout: Buffer.from(''), stderr: '' });
  expect(server.connections()).toBe(0);
  const file = join(temporaryDirectory(), 'r.txt');
  writeFileSync(file, 'all is well\n');
  expect(await notify([...args, '--report', file], '')).toMatchObject({ code: 0, stdout: Buffer.from('') });
  expect(server.messages[0]).toContain('all is well');
  expect(server.messages[0]).toMatch(/^Subject: \[backup\] \S+: 0 unexpected files\r$/m);
});

test('operands are paths; what cannot go out line by line is named, and is in the mail', async () => {
  const server = await startScripted({});
  const args = ['--smtp', server.url, '--outbox', newOutbox(), ...to];
  expect(await notify([...args, '/etc/a', '/etc/b'])).toMatchObject({
    code: 0,
    stdout: Buffer.from('/etc/a\n/etc/b\n'),
  });
  expect(await notify([...args, '-'], '/etc/c')).toMatchObject({ code: 0, stdout: Buffer.from('/etc/c\n') });
  const ended = await notify([...args, '/etc/a\nb', '/etc/c']);
  expect(ended).toMatchObject({ code: 1, stdout: Buffer.from('/etc/c\n') });
  expect(ended.stderr).toContain('/etc/a\\nb: a newline in the name cannot go out line by line\n');
  expect(server.messages.at(-1)).toContain('  a\\nb\r\n');
  const empty = await notify(args, '/a\n\n/b\n');
  expect(empty).toMatchObject({ code: 1, stdout: Buffer.from('/a\n/b\n') });
});

test('a report that is not there: nothing is sent, nothing kept', async () => {
  const server = await startScripted({});
  const ended = await notify(['--smtp', server.url, '--outbox', newOutbox(), ...to, '--report', '/nowhere']);
  expect(ended).toMatchObject({
    code: 2,
    stdout: Buffer.from(''),
    stderr: 'notify-admins: /nowhere: no such file or directory\n',
  });
  expect(server.connections()).toBe(0);
});

test('a report that is too long is cut at a line; HTML that is too long is left out, and named', async () => {
  const server = await startScripted({ ehlo: '250 scripted' });
  const directory = temporaryDirectory();
  const [text, html] = [join(directory, 'r.txt'), join(directory, 'r.html')];
  writeFileSync(text, 'a line of text\n'.repeat(100_000));
  writeFileSync(html, 'x'.repeat((1 << 20) + 1));
  const args = ['--smtp', server.url, '--outbox', newOutbox(), ...to, '--report', text, '--html', html];
  const ended = await notify(args);
  expect(ended).toMatchObject({ code: 1, stdout: Buffer.from('/etc/x\n') });
  expect(ended.stderr).toBe(`notify-admins: ${html}: longer than 1048576 bytes: the mail goes without it\n`);
  const [message = ''] = server.messages;
  expect(message.length).toBeLessThan(700_000);
  expect(message).toMatch(/\na line of text\r\n\r\n\[the rest is too long for a mail: /);
  expect(message).not.toContain('text/html');
});

test('a paragraph of text without any line that is too long is cut as well', async () => {
  const server = await startScripted({ ehlo: '250 scripted' });
  const text = join(temporaryDirectory(), 'r.txt');
  writeFileSync(text, 'x'.repeat(2_000_000));
  const args = ['--smtp', server.url, '--outbox', newOutbox(), ...to, '--report', text];
  expect(await notify(args)).toMatchObject({ code: 0 });
  expect(server.messages[0]?.length).toBeLessThan(700_000);
});

test('who reads the paths has gone: the mail is out, and the exit code is 141', async () => {
  const server = await startScripted({});
  const script = 'yes /etc/x | head -100000 | { "$@"; echo $? >&2; } | head -1';
  const args = ['bash', '-c', script, 'bash', process.execPath, notifyAdmins];
  const ended = await run([...args, '--smtp', server.url, '--outbox', newOutbox(), ...to]);
  expect(ended).toMatchObject({ stdout: Buffer.from('/etc/x\n'), stderr: '141\n' });
  expect(server.messages).toHaveLength(1);
});
