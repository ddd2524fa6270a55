import { lstatSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { storeFile } from 'sealed-file';
import { type Accounts, accountFiles, type Merge, mergeAccounts } from './accounts.ts';
import { giveOver } from './drift.ts';
import type { Restoration } from './restoration.ts';
import { readBytes } from './root.ts';

/** Gives the machine the backup's accounts beside its own, and the files on it to those who have the numbers now. */
export async function restoreAccounts({ machine, workshop, report }: Restoration): Promise<void> {
  const { merge } = mergeWith(machine.at(workshop), machine.at('/'));
  for (const [what, why] of merge.notes) report.note(what, why);
  // Before the accounts: after them, a second run would not know any more who had which number.
  await giveOver(machine.root, merge.uids, merge.gids, report);
  if (machine.root === '/' && merge.uids.size + merge.gids.size > 0)
    report.note(
      'accounts',
      'numbers have changed under running programs: restart the machine when all is done',
    );
  await writeAccounts(machine.at(workshop), machine.at('/'), merge.accounts);
}

/**
 * Once more, when packages have made theirs. Returns the files in which the machine has more than the backup: the others come
 * back as they were.
 */
export async function settleAccounts({ machine, workshop }: Restoration): Promise<readonly string[]> {
  const { merge, backup } = mergeWith(machine.at(workshop), machine.at('/'));
  await writeAccounts(machine.at(workshop), machine.at('/'), merge.accounts);
  return accountFiles.filter((name) => merge.accounts[name] !== backup[name]).map((name) => `/etc/${name}`);
}

function mergeWith(from: string, to: string): { merge: Merge; backup: Accounts } {
  const backup = readAccounts(from);
  return { merge: mergeAccounts(backup, readAccounts(to)), backup };
}

function readAccounts(root: string): Accounts {
  const entries = accountFiles.map((name) => [name, readBytes(join(root, 'etc', name))] as const);
  return Object.fromEntries(entries) as Record<(typeof accountFiles)[number], string>;
}

/** With the owners and modes that they had: nobody may read a shadow file, not for a moment. */
async function writeAccounts(from: string, to: string, accounts: Accounts): Promise<void> {
  for (const name of accountFiles) {
    const target = join(to, 'etc', name);
    const [old, there] = [join(from, 'etc', name), target].map((path) =>
      lstatSync(path, { throwIfNoEntry: false }),
    );
    const like = old ?? there;
    if (like === undefined || (there !== undefined && readBytes(target) === accounts[name])) continue;
    await storeFile(target, async (handle) => {
      await handle.writeFile(Buffer.from(accounts[name], 'latin1'));
      await handle.chown(like.uid, like.gid);
      await handle.chmod(like.mode & 0o7777);
    });
    if (old !== undefined) utimesSync(target, old.atime, old.mtime);
  }
}
