import { existsSync, statfsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ChildFailure,
  CommandError,
  failure,
  interruption,
  type Report,
  runPipeline,
  withScratch,
} from 'command-line';
import { storeFile } from 'sealed-file';
import { ownCommand } from '../commands.ts';
import type { Settings } from '../settings/schema.ts';

/** A mail to the admins, in both of its forms. */
export interface AdminMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Without angle brackets: what was accepted under it is not sent again. */
  readonly id: string;
  /** A list of the paths that it is about, NUL-terminated. */
  readonly paths?: string;
}

/** Root's, in memory, on every Debian. */
const memory = '/run';
/** A mail in all its forms, and what sends it, need less, in bytes. */
const roomForMail = 16 << 20;

/** Where it is: with a mail server, waiting in the outbox, or nowhere. */
export type Sent = 'accepted' | 'waiting' | 'lost';

/** Where mails wait that nobody has accepted yet. */
export function outboxOf({ notify, state }: Settings): string {
  return notify?.outbox ?? join(state, 'outbox');
}

/**
 * Hands a mail to notify-admins. What becomes of it is said on stderr and is no loss of the caller's: a backup that nobody was told of is
 * one all the same. Without `[notify]` it goes to root, and where there is no mail server, the outbox is what is wanted.
 */
export async function sendMail(mail: AdminMail, settings: Settings, report: Report): Promise<Sent> {
  const outbox = outboxOf(settings);
  try {
    const isAccepted = await compose(mail, settings, report);
    if (isAccepted) return 'accepted';
    if (settings.notify === undefined) report.note('mail', `nobody takes it here: it is kept in ${outbox}`);
    else
      report.error(
        'mail',
        `not sent yet: it is kept in ${outbox}`,
        'the next run, or report --overdue, tries again',
      );
    return 'waiting';
  } catch (error) {
    if (!(error instanceof CommandError) || interruption.aborted) throw error;
    report.error(
      'mail',
      `not sent: ${error.message}`,
      error.hint ?? 'hcoop-backup report shows what it says',
    );
    return 'lost';
  }
}

/** In the state directory, or in memory: that a disk is full is what the mail has to tell. The paths need more room, and have to stay. */
async function compose(mail: AdminMail, settings: Settings, report: Report): Promise<boolean> {
  try {
    return await withScratch(settings.state, '.mail', report, (directory) =>
      notifyAdmins(mail, directory, settings, report),
    );
  } catch (error) {
    if (!(error instanceof CommandError) || hasRoom(settings.state)) throw error;
    report.note('mail', `put together in ${memory}: ${error.message}`);
    const { paths: _, ...rest } = mail;
    return await withScratch(memory, 'hcoop-mail', report, (directory) =>
      notifyAdmins(rest, directory, settings, report, { TMPDIR: directory }),
    );
  }
}

function hasRoom(directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize >= roomForMail;
}

async function notifyAdmins(
  mail: AdminMail,
  directory: string,
  settings: Settings,
  report: Report,
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const [text, html] = [join(directory, 'mail.txt'), join(directory, 'mail.html')];
  for (const [file, content] of [
    [text, mail.text],
    [html, mail.html],
  ] as const)
    await storeFile(file, async (handle) => void (await handle.writeFile(content)));
  const about = ['--subject', mail.subject, '--message-id', `<${mail.id}>`, '--report', text, '--html', html];
  const stage = { ...ownCommand('notify-admins', ['-0', ...optionsOf(settings), ...about], report), env };
  // What it says of a mail server that a host does not have, nobody has asked for.
  const quiet = { onMessage: (line: string): void => report.detail('notify-admins', line) };
  const paths = await open(mail.paths ?? '/dev/null');
  try {
    const [exitCode] = await runPipeline([settings.notify === undefined ? { ...stage, ...quiet } : stage], {
      input: paths.fd,
    });
    return exitCode === 0;
  } catch (error) {
    // All it says went to stderr already, but for what nobody wanted to hear.
    if (error instanceof ChildFailure && error.childExitCode === 64)
      throw failure('notify-admins', 'takes its options for wrong', 'see [notify] in config.toml');
    throw error;
  } finally {
    await paths.close();
  }
}

/** Tries again with what waits; what still does is a loss. Where nobody has configured mail, nothing is to be tried. */
export async function sendWaiting(settings: Settings, report: Report): Promise<void> {
  if (settings.notify === undefined || !existsSync(outboxOf(settings))) return;
  const accept = (): boolean => true;
  const flush = { ...ownCommand('notify-admins', ['--flush', ...wayOptions(settings)], report), accept };
  const [exitCode] = await runPipeline([flush]);
  if (exitCode !== 0) report.loss(outboxOf(settings), 'what waits in it was not sent');
}

/** To whom, of whom, and how. */
function optionsOf(settings: Settings): string[] {
  const { to = ['root'], from } = settings.notify ?? {};
  return [
    ...to.flatMap((address) => ['--to', address]),
    ...(from === undefined ? [] : ['--from', from]),
    ...wayOptions(settings),
  ];
}

function wayOptions(settings: Settings): string[] {
  const { smtp, auth_file, ca, sendmail, timeout } = settings.notify ?? {};
  const single = { smtp, 'auth-file': auth_file, ca, sendmail, timeout, outbox: outboxOf(settings) };
  return Object.entries(single).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
}
