import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { builtCommand, type Ended, type RunOptions, run, temporaryDirectory } from 'test-kit';

export const notifyAdmins = builtCommand('notify-admins');

/** A new outbox that does not exist yet. */
export function newOutbox(): string {
  return join(temporaryDirectory(), 'outbox');
}

/** Runs the command to its end. */
export function notify(args: readonly string[], input: RunOptions['input'] = '/etc/x\n'): Promise<Ended> {
  return run([notifyAdmins, ...args], { input });
}

/** The recipients of each mail that waits, and the mail as text. */
export function waiting(outbox: string): { to: string[]; raw: string }[] {
  const names = readdirSync(outbox).filter((name) => name.endsWith('.eml'));
  return names.map((name) => {
    const text = readFileSync(join(outbox, name), 'latin1');
    const end = text.indexOf('\n');
    const { to } = JSON.parse(text.slice(0, end)) as { to: string[] };
    return { to, raw: text.slice(end + 1) };
  });
}

/** Of mails, those with a Message-ID, parsed. */
export async function parsed(mails: readonly Buffer[], id: string): Promise<ParsedMail[]> {
  const all = await Promise.all(mails.map((mail) => simpleParser(mail)));
  return all.filter(({ messageId }) => messageId === `<${id}>`);
}

export function recipients(mail: ParsedMail | undefined): string[] {
  const { to } = mail ?? {};
  const objects: AddressObject[] = to === undefined ? [] : [to].flat();
  return objects.flatMap(({ value }) => value.map(({ address = '' }) => address));
}
