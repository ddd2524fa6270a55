import { CommandError, captureOutput, interruption, type Report } from 'command-line';
import { escapeText } from 'path-stream';

/** The names of users by their numbers, as getent(1) knows them; of one that it does not, the number. */
export async function ownerNames(
  uids: ReadonlySet<number>,
  report: Report,
): Promise<(uid: number) => string> {
  const names = new Map<number, string>();
  try {
    for (const line of (await passwdLines(uids)).split('\n')) {
      const [, name, uid] = /^([^:]+):[^:]*:(\d+):/.exec(line) ?? [];
      if (name !== undefined) names.set(Number(uid), escapeText(name));
    }
  } catch (error) {
    if (!(error instanceof CommandError) || interruption.aborted) throw error;
    report.note('owners', `their names are not known: ${error.message}`);
  }
  return (uid) => names.get(uid) ?? String(uid);
}

async function passwdLines(uids: ReadonlySet<number>): Promise<string> {
  if (uids.size === 0) return '';
  const args = ['passwd', ...[...uids].map(String)];
  // 2: there is no such user.
  return (
    await captureOutput({ command: 'getent', args, accept: (code) => code === 0 || code === 2 })
  ).toString();
}
