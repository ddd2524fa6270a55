import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { usageError } from 'command-line';
import { escapeText } from 'path-stream';

/** An address of RFC 5321 without quotes, or a name that the mail system completes. */
const address = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}(?:@[A-Za-z0-9.-]{1,253})?$/;
const messageId = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$/;
const longestId = 200;
const longestSubject = 300;

/** Lets plain addresses pass: nothing that could begin a header or a command, and nothing that needs SMTPUTF8. */
export function checkAddress(option: string, text: string): string {
  if (!address.test(text))
    throw usageError(
      option,
      `not a plain address: ${escapeText(text)}`,
      'give user@example.org, or a local user',
    );
  return text;
}

/** A Message-ID with its angle brackets, which may be left out. */
export function checkMessageId(text: string): string {
  const bare = text.replace(/^<(.*)>$/s, '$1');
  if (!messageId.test(bare) || bare.length > longestId)
    throw usageError('--message-id', `not a Message-ID: ${escapeText(text)}`, 'give name@host');
  return `<${bare}>`;
}

/** One line of text, without what acts on a terminal. */
export function checkSubject(text: string): string {
  if (escapeText(text) !== text) throw usageError('--subject', 'a newline or control character in it');
  if (text.length > longestSubject) throw usageError('--subject', `longer than ${longestSubject} characters`);
  return text;
}

/** This user, at the name that Debian has for mail of this host (policy 11.6), or its own. */
export function defaultSender(): string {
  return `${userInfo().username}@${mailName()}`;
}

function mailName(): string {
  let name = hostname();
  try {
    name = readFileSync('/etc/mailname', 'utf8').trim() || name;
  } catch {} // hosts without a mail system have none
  return /^[A-Za-z0-9.-]+$/.test(name) ? name : 'localhost';
}
