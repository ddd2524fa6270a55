import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { failure, reason, usageError } from 'command-line';
import { escapeText } from 'path-stream';
import { checkAddress, checkMessageId, checkSubject, defaultSender } from './address.ts';
import { readAuthFile } from './auth-file.ts';
import type { Transport } from './mail.ts';
import type { Options } from './options.ts';
import { sendmailTransport } from './sendmail.ts';
import { smtpTransport } from './smtp.ts';
import { parseSmtpUrl } from './smtp-url.ts';

/** What the options say of the mail, checked. */
export interface Request {
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string | undefined;
}

export function requestOf(options: Options): Request {
  if (options.to.length === 0) throw usageError('--to', 'nobody to send it to', 'give --to root');
  const to = [...new Set(options.to.map((address) => checkAddress('--to', address)))];
  const from = options.from === undefined ? defaultSender() : checkAddress('--from', options.from);
  const id = options['message-id'];
  return {
    id: id === undefined ? newId(from) : checkMessageId(id),
    from,
    to,
    subject: options.subject === undefined ? undefined : checkSubject(options.subject),
  };
}

/** The way on which mails go out. */
export function transportOf(options: Options): Transport {
  const authFile = options['auth-file'];
  if (options.smtp === undefined) {
    for (const [name, value] of [
      ['auth-file', authFile],
      ['ca', options.ca],
    ] as const)
      if (value !== undefined) throw usageError(`--${name}`, 'goes with --smtp');
    return sendmailTransport(options.sendmail);
  }
  const server = parseSmtpUrl(options.smtp, authFile !== undefined);
  const credentials = authFile === undefined ? undefined : readAuthFile(authFile);
  return smtpTransport(
    server,
    credentials,
    options.ca === undefined ? undefined : readCertificates(options.ca),
  );
}

/** Only what is about a mail's way out goes with --flush. */
export function checkFlush(options: Options, operands: readonly string[]): void {
  const given = (['from', 'subject', 'report', 'html', 'message-id'] as const).find(
    (name) => options[name] !== undefined,
  );
  const wrong = options.to.length > 0 ? 'to' : given;
  if (wrong !== undefined) throw usageError(`--${wrong}`, 'cannot be combined with --flush');
  if (operands.length > 0) throw usageError('--flush', 'reads no paths');
}

function newId(from: string): string {
  const [, domain = hostname()] = from.split('@');
  return `<${randomUUID()}@${domain}>`;
}

function readCertificates(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw failure(escapeText(file), reason(error));
  }
}
