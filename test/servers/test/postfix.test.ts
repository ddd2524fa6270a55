import { readFileSync } from 'node:fs';
import { run } from 'test-kit';
import { startPostfix } from 'test-servers';
import { expect, test } from 'vitest';

const message = 'Subject: hello\n\n.\nthe end\n';

test('a Postfix that delivers what its sendmail program is given, to mailboxes of its own', async () => {
  const postfix = await startPostfix();
  const args = [postfix.sendmail, '-i', '-f', 'a@example.org', '--', 'ann@example.org', 'root'];
  expect(await run(args, { input: message })).toMatchObject({ code: 0, stderr: '' });
  for (const user of ['ann', 'root']) {
    const [mail, ...more] = await postfix.mails(user);
    expect(mail?.toString()).toMatch(
      /^Return-Path: <a@example.org>\n.*\nSubject: hello\n.*\n\.\nthe end\n$/s,
    );
    expect(more).toEqual([]);
  }
  expect(await postfix.mails('ben')).toEqual([]);
});

test('a Postfix with TLS that takes mail only with the password', async () => {
  const postfix = await startPostfix({ password: true });
  const [user = '', password = ''] = readFileSync(postfix.authFile ?? '', 'utf8').split('\n');
  const plain = Buffer.from(`\0${user}\0${password}`).toString('base64');
  const talk = async (ports: string[], lines: string[]): Promise<string> => {
    const client = [
      'openssl',
      's_client',
      '-quiet',
      '-verify_return_error',
      '-crlf',
      '-CAfile',
      postfix.ca,
      ...ports,
    ];
    return (await run(client, { input: lines.map((line) => `${line}\n`).join('') })).stdout.toString();
  };
  const starttls = ['-starttls', 'smtp', '-connect', `localhost:${postfix.port}`];
  const at = ['-connect', `localhost:${postfix.tlsPort}`];
  for (const ports of [starttls, at]) {
    const said = await talk(ports, ['EHLO x', `AUTH PLAIN ${plain}`, 'QUIT']);
    expect(said).toMatch(/^235 /m);
    expect(await talk(ports, ['EHLO x', 'MAIL FROM:<a@b.org>', 'RCPT TO:<ann@example.org>', 'QUIT'])).toMatch(
      /^554 /m,
    );
  }
});
