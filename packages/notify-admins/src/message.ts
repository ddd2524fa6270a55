import MailComposer from 'nodemailer/lib/mail-composer';
import type { Mail } from './mail.ts';

/** What a mail says, and to whom. Everything here has been checked. */
export interface Message {
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string | undefined;
}

/**
 * Composes a mail of RFC 5322: UTF-8 as quoted-printable (RFC 2045: lines of at most 76), the subject by RFC 2047, both forms as
 * alternatives where there is HTML. `Auto-Submitted` (RFC 3834) keeps vacation programs from answering.
 */
export async function compose({ id, from, to, subject, text, html }: Message): Promise<Mail> {
  const mailbox = (address: string) => ({ name: '', address });
  const composer = new MailComposer({
    messageId: id,
    from: mailbox(from),
    to: to.map(mailbox),
    subject,
    text,
    ...(html !== undefined && { html }),
    date: new Date(),
    encoding: 'quoted-printable',
    headers: { 'Auto-Submitted': 'auto-generated' },
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { id, from, to, raw: await composer.compile().build() };
}
