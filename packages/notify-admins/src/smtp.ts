import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { reason } from 'command-line';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Credentials } from './auth-file.ts';
import { type Mail, type Refusal, refuseAll, type Transport } from './mail.ts';
import type { SmtpServer } from './smtp-url.ts';

/** Milliseconds in which a server is to say goodbye. It has the mail already. */
const farewell = 1000;
/** Longer than any attempt: those are ended from outside. */
const never = 2 ** 31 - 1;

/**
 * Hands mails over by SMTP. Where TLS must be, the server has to prove who it is; where it is taken because it is offered, it
 * need not: who can stand in between could as well take the offer away (RFC 7435).
 */
export function smtpTransport(server: SmtpServer, credentials?: Credentials, ca?: Buffer): Transport {
  const { host, port, tls } = server;
  const connect = (): SMTPConnection =>
    new SMTPConnection({
      host,
      port,
      secure: tls === 'at once',
      requireTLS: tls === 'required',
      opportunisticTLS: tls === 'offered',
      tls: { rejectUnauthorized: tls !== 'offered', ...(ca && { ca }) },
      connectionTimeout: never,
      greetingTimeout: never,
      socketTimeout: never,
      socketCloseTimeout: 0,
    });
  const name = `${host}:${port}`;
  return { name, send: (mail, stop) => attempt(connect(), mail, credentials, stop) };
}

async function attempt(
  connection: SMTPConnection,
  mail: Mail,
  credentials: Credentials | undefined,
  stop: AbortSignal,
): Promise<Refusal[]> {
  // Not every callback is called when a connection ends: the event is what tells.
  const broken = new Promise<never>((_, reject) => {
    connection.on('error', reject);
    connection.once('end', () => reject(new Error(closed)));
    stop.addEventListener('abort', () => reject(new Error('no answer in time')));
  });
  broken.catch(() => {}); // also when nobody waits for it any more
  try {
    const refusals = await Promise.race([talk(connection, mail, credentials), broken]);
    await sayGoodbye(connection);
    return refusals;
  } catch (error) {
    return refusalsOf(mail, error);
  } finally {
    connection.close();
  }
}

/** What goes wrong now changes nothing: the server has answered for the mail. */
async function sayGoodbye(connection: SMTPConnection): Promise<void> {
  const end = once(connection, 'end').catch(() => {});
  connection.quit();
  await Promise.race([end, setTimeout(farewell, undefined, { ref: false })]);
}

const closed = 'the connection was closed';

type Callback<T> = (error: Error | null | undefined, result?: T) => void;

function called<T>(call: (done: Callback<T>) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result)));
  });
}

async function talk(connection: SMTPConnection, mail: Mail, credentials?: Credentials): Promise<Refusal[]> {
  await called((done) => connection.connect((error?: Error) => done(error)));
  if (credentials) await called((done) => connection.login({ ...credentials }, (error) => done(error)));
  const envelope = { from: mail.from, to: [...mail.to], size: mail.raw.length };
  const info = await called<{ rejectedErrors?: readonly Error[] }>((done) =>
    connection.send(envelope, mail.raw, (error, result) =>
      done(error, result as { rejectedErrors?: readonly Error[] }),
    ),
  );
  return (info?.rejectedErrors ?? []).map((error) => refusalOf(error));
}

/** What nodemailer puts on its errors. */
interface SmtpError extends Error {
  readonly code?: string;
  readonly originalCode?: string;
  readonly response?: string;
  readonly responseCode?: number;
  readonly recipient?: string;
  readonly rejectedErrors?: readonly Error[];
}

function refusalsOf(mail: Mail, error: unknown): Refusal[] {
  const { rejectedErrors } = error as SmtpError;
  if (rejectedErrors !== undefined) return rejectedErrors.map((each) => refusalOf(each));
  return refuseAll(mail, refusalOf(error as Error));
}

/** Errors of nodemailer's own, without an answer of the server, that another attempt would not change. */
const lasting = ['EAUTH', 'EENVELOPE', 'EMESSAGE'];

function refusalOf(error: Error): Refusal {
  const { code = '', originalCode = '', response, responseCode, recipient = '' }: SmtpError = error;
  // The names of OpenSSL and node for what is wrong with a certificate.
  const isDistrusted = /CERT|SIGNATURE|HOSTNAME/.test(`${code} ${originalCode}`);
  const hint = isDistrusted
    ? '--ca FILE has the certificates to believe'
    : code === 'EAUTH'
      ? 'is what --auth-file has still right?'
      : undefined;
  return {
    recipient,
    why: response ?? (/^connection closed/i.test(error.message) ? closed : reason(error)),
    permanent: isDistrusted || (responseCode === undefined ? lasting.includes(code) : responseCode >= 500),
    ...(hint !== undefined && { hint }),
  };
}
