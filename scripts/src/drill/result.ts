import { existsSync } from 'node:fs';
import { usageError } from 'command-line';
import { type Drill, formatDrill } from 'date-tree';
import { signText } from 'sealed-file';

/** The key that signs the result of a drill: the one given, else this host's own where it has one. */
export function drillKey(given: string | undefined): string {
  const key = given ?? '/var/lib/hcoop-backup/signing-key';
  if (existsSync(key)) return key;
  throw usageError(
    given ?? '--drill',
    given === undefined ? 'nothing to sign its result with' : 'no such file',
    'give --sign-with FILE, an SSH key of yours: ssh-keygen -t ed25519',
  );
}

/** The signed text that says how a drill went. */
export function signResult(result: Omit<Drill, 'finished'>, key: string): Promise<string> {
  return signText(formatDrill({ ...result, finished: new Date().toISOString() }), key, 'hcoop-backup-drill');
}
