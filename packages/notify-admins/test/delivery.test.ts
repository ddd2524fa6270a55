import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inMountNamespace, node, run, temporaryDirectory } from 'test-kit';
import { type Postfix, startPostfix } from 'test-servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newOutbox, notify, notifyAdmins, parsed, recipients, waiting } from './kit.ts';

let postfix: Postfix & { stop(): Promise<void> };
beforeAll(async () => {
  postfix = await startPostfix({ untilStopped: true });
}, 60_000);
afterAll(() => postfix.stop(), 60_000);

/** The mail with this Message-ID that a user has, and as it lies in the mailbox. */
async function delivered(id: string, user = 'ann') {
  const mails = await postfix.mails(user);
  const [mail, ...more] = await parsed(mails, id);
  expect(more).toEqual([]);
  const raw = mails.find((each) => each.includes(`<${id}>`))?.toString('latin1') ?? '';
  return { mail, raw };
}

const smtp = (): string => `smtp://127.0.0.1:${postfix.port}`;

test('echo /etc/x | notify-admins --to root | cat', async () => {
  const outbox = newOutbox();
  const script =
    'mount --bind "$1" /usr/sbin/sendmail; echo /etc/x | "$2" "$3" --outbox "$4" --to root | cat';
  const ended = await run(inMountNamespace(script, postfix.sendmail, node, notifyAdmins, outbox));
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout.toString()).toBe('/etc/x\n');
  const [mail = Buffer.from(''), ...more] = await postfix.mails('root');
  expect(more).toEqual([]);
  expect(mail.toString()).toMatch(/^Auto-Submitted: auto-generated$/m);
  expect(mail.toString()).toMatch(/^Content-Transfer-Encoding: quoted-printable$/m);
  expect(mail.toString()).toMatch(/^Subject: \[backup\] \S+: 1 unexpected file$/m);
  expect(mail.toString()).toMatch(/\n\/etc\/ \(1\)\n {2}x\n/);
  expect(waiting(outbox)).toEqual([]);
});

test('a report and its HTML arrive as two parts, whatever is in them', async () => {
  const directory = temporaryDirectory();
  const text = `Größe: 12 €\nFrom here\n.\n\ttab\n${'x'.repeat(5000)}\n${'ü'.repeat(400)}\n`;
  const html = `<!doctype html><p>Größe: 12 €, 100 % = alles</p>\n<pre>${'y'.repeat(3000)}</pre>\n`;
  writeFileSync(join(directory, 'r.txt'), text);
  writeFileSync(join(directory, 'r.html'), html);
  const subject = `[backup] shelob: INCOMPLETE, zwölf unerwartete Dateien ${'ä 😀 '.repeat(30)}!`;
  const id = 'two-parts@example.org';
  const args = [
    '--smtp',
    smtp(),
    '--outbox',
    newOutbox(),
    '--to',
    'ann@example.org',
    '--from',
    'b@example.org',
  ];
  const files = ['--report', join(directory, 'r.txt'), '--html', join(directory, 'r.html')];
  const ended = await notify([...args, ...files, '--subject', subject, '--message-id', id]);
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: Buffer.from('/etc/x\n') });
  const { mail, raw } = await delivered(id);
  expect(mail).toMatchObject({ subject, html, text });
  expect(mail?.from?.value[0]?.address).toBe('b@example.org');
  expect(recipients(mail)).toEqual(['ann@example.org']);
  expect(raw).toMatch(/^Content-Type: multipart\/alternative;/m);
  expect(raw.match(/^Content-Type: text\/\w+; charset=utf-8$/gm)).toHaveLength(2);
  expect(raw.match(/^Content-Transfer-Encoding: quoted-printable$/gm)).toHaveLength(2);
  expect(Math.max(...raw.split('\n').map((line) => line.length))).toBeLessThanOrEqual(78);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: any byte that is not ASCII
  expect(raw).not.toMatch(/[^\x00-\x7f]/);
});

const hostile = [
  '/srv/a\nSubject: forged\n\n.\nQUIT',
  '/srv/b\rBcc: x@example.org',
  '/srv/\x1b[2J\x1b]0;title\x07',
  '/srv/<script>alert(1)</script>',
  '/srv/caf\xe9',
  `/srv/${Buffer.from('\u202egpj.exe').toString('latin1')}`,
  `/srv/${'n'.repeat(4000)}`,
  '/srv/back\\slash',
  '.',
  '/',
];

test('names of files are inert in the mail, and go through byte for byte', async () => {
  const id = 'hostile@example.org';
  const input = Buffer.from(hostile.map((path) => `${path}\0`).join(''), 'latin1');
  const args = [
    '-0',
    '--smtp',
    smtp(),
    '--outbox',
    newOutbox(),
    '--to',
    'ann@example.org',
    '--message-id',
    id,
  ];
  const ended = await notify(args, input);
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: input });
  const { mail, raw } = await delivered(id);
  expect(mail?.subject).toMatch(/^\[backup\] \S+: 10 unexpected files$/);
  const text = mail?.text ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what acts
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  for (const shown of [
    '  a\\nSubject: forged\\n\\n.\\nQUIT\n',
    '  b\\rBcc: x@example.org\n',
    '  \\x1b[2J\\x1b]0;title\\x07\n',
    '  caf\\xe9\n',
    '  \\u202egpj.exe\n',
    '  back\\\\slash\n',
    `  ${'n'.repeat(300)}… (4000 bytes)\n`,
    '\n/ (1)\n  .\n',
    '\n./ (1)\n  .\n',
  ])
    expect(text).toContain(shown);
  expect(raw).not.toMatch(/^(Subject: forged|Bcc:)/m);
  expect(mail?.html).toBe(false);
});

test('what acts is escaped in a report as well', async () => {
  const file = join(temporaryDirectory(), 'r.txt');
  writeFileSync(file, Buffer.from('a\x1b[2J\u202eb\r\nc\rd\xff\n', 'latin1'));
  const id = 'acts@example.org';
  const args = ['--smtp', smtp(), '--outbox', newOutbox(), '--to', 'ann@example.org', '--message-id', id];
  expect(await notify([...args, '--report', file], '')).toMatchObject({ code: 0, stderr: '' });
  const { mail } = await delivered(id);
  expect(mail?.text).toMatch(/^a\\x1b\[2J.*b\nc\\rd\ufffd\n$/);
});

test('100,000 paths make a small mail, and all of them go through', async () => {
  const paths = Array.from(
    { length: 100_000 },
    (_, i) => `/home/user${i % 5000}/${'d'.repeat(100)}/f${i}.tmp`,
  );
  const input = paths.map((path) => `${path}\n`).join('');
  const id = 'many@example.org';
  const args = ['--smtp', smtp(), '--outbox', newOutbox(), '--to', 'ann@example.org', '--message-id', id];
  const ended = await notify(args, input);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout.equals(Buffer.from(input))).toBe(true);
  const { mail, raw } = await delivered(id);
  expect(raw.length).toBeLessThan(500_000);
  expect(mail?.subject).toMatch(/: 100000 unexpected files$/);
  expect(mail?.text).toMatch(
    /^and 96000 more in directories that are not shown:\n {2}\/home\/ \(96000\)\n$/m,
  );
});

test('somebody who has no mailbox keeps nobody else from getting the mail', async () => {
  const outbox = newOutbox();
  const id = 'two@example.org';
  const to = ['--to', 'ann@example.org', '--to', 'nobody@example.org', '--to', 'ben@example.org'];
  const ended = await notify(['--smtp', smtp(), '--outbox', outbox, ...to, '--message-id', id]);
  expect(ended).toMatchObject({ code: 1, stdout: Buffer.from('/etc/x\n') });
  expect(ended.stderr).toMatch(
    /^notify-admins: nobody@example.org: 127.0.0.1:\d+: 550 5.1.1 .*\n.*hint: the mail is kept in/,
  );
  await delivered(id);
  expect(await parsed(await postfix.mails('ben'), id)).toHaveLength(1);
  expect(waiting(outbox).map((mail) => mail.to)).toEqual([['nobody@example.org']]);
  const again = await notify(['--smtp', smtp(), '--outbox', outbox, '--flush'], '');
  expect(again).toMatchObject({ code: 1, stdout: Buffer.from('') });
  expect(again.stderr).toContain(`${outbox}: 1 still wait in it\n`);
  await delivered(id);
});

test('STARTTLS where it is offered, and where it is required; a certificate that nobody knows', async () => {
  const args = ['--outbox', newOutbox(), '--to', 'ann@example.org'];
  const id = (name: string): string[] => ['--message-id', `${name}@example.org`];
  expect(await notify([...args, ...id('offered'), '--smtp', smtp()])).toMatchObject({ code: 0, stderr: '' });
  expect((await delivered('offered@example.org')).raw).toMatch(/ with ESMTPS id /);
  const required = [...args, ...id('required'), '--smtp', `${smtp()}?tls=required`];
  const refused = await notify(required);
  expect(refused).toMatchObject({ code: 1, stdout: Buffer.from('') });
  expect(refused.stderr).toMatch(/hint: --ca FILE has the certificates to believe/);
  expect(await notify([...required, '--ca', postfix.ca])).toMatchObject({ code: 0, stderr: '' });
  await delivered('required@example.org');
});
