import { hostname } from 'node:os';
import type { Report } from 'command-line';
import { escapeText } from 'path-stream';
import { type Listing, unexpected } from './listing.ts';
import type { Mail } from './mail.ts';
import { compose } from './message.ts';
import type { Options } from './options.ts';
import type { Request } from './request.ts';
import { inert, readPart } from './text.ts';

/*
 * What is longer is not sent, in bytes: mail systems take 10 MB as they are installed, and quoted-printable makes three of one at
 * worst. HTML cannot be cut.
 */
const longestText = 512 << 10;
const longestHtml = 1 << 20;

/** The mail that the options ask for; undefined where there is nothing to tell. */
export function mailOf(
  request: Request,
  options: Options,
  listing: Listing,
  report: Report,
): Promise<Mail> | undefined {
  if (listing.count === 0 && options.report === undefined) return undefined;
  const host = hostname();
  const text = options.report === undefined ? listing.text(host) : textOf(options.report);
  const html = options.html === undefined ? undefined : htmlOf(options.html, report);
  const subject = request.subject ?? `[backup] ${host}: ${unexpected(listing.count)}`;
  return compose({ ...request, subject, text, html });
}

function textOf(file: string): string {
  const { text, isCut } = readPart(file, longestText);
  return isCut
    ? `${inert(text)}\n[the rest is too long for a mail: ${escapeText(file)} has it]\n`
    : inert(text);
}

function htmlOf(file: string, report: Report): string | undefined {
  const { text, isCut } = readPart(file, longestHtml);
  if (!isCut) return text;
  report.loss(escapeText(file), `longer than ${longestHtml} bytes: the mail goes without it`);
  return undefined;
}
