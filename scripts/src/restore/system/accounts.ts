import { mergeLines, mergeRanges, type Note, withMembers, withMoved, withNumber } from './account-lines.ts';
import { numbers, renumber } from './account-numbers.ts';

/** The files in which accounts are, as text in which each character is a byte. Empty where a machine has none. */
export interface Accounts {
  readonly passwd: string;
  readonly group: string;
  readonly shadow: string;
  readonly gshadow: string;
  readonly subuid: string;
  readonly subgid: string;
}

export const accountFiles = ['passwd', 'group', 'shadow', 'gshadow', 'subuid', 'subgid'] as const;

/** One machine's accounts in place of another's, and what that means for the other's files. */
export interface Merge {
  readonly accounts: Accounts;
  /** Numbers that accounts had on the new root, and have no longer: what is owned by them must be given over. */
  readonly uids: ReadonlyMap<number, number>;
  readonly gids: ReadonlyMap<number, number>;
  /** What somebody should know: pairs of an account and what came of it. */
  readonly notes: readonly (readonly [string, string])[];
}

/**
 * Merges the accounts of a backup with those of a new root: passwd(5), group(5), shadow(5), gshadow(5), subuid(5),
 * subgid(5). Every line of the backup stays as it is, numbers too, for all files of the backup are owned by these numbers; what
 * only the new root has is added, under another number where the backup has given its own to somebody else. Members of
 * groups are those of both.
 */
export function mergeAccounts(backup: Accounts, fresh: Accounts): Merge {
  const notes: [string, string][] = [];
  const note: Note = (what, why) => notes.push([what, why]);
  const gids = renumber(numbers(backup.group), numbers(fresh.group), 'group', note);
  const uids = renumber(numbers(backup.passwd), numbers(fresh.passwd), 'account', note);
  const newGroup = (line: string): string => withNumber(line, 2, gids.byName);
  const newAccount = (line: string): string => withMoved(withNumber(line, 2, uids.byName), 3, gids.byNumber);
  const accounts = {
    passwd: mergeLines(backup.passwd, fresh.passwd, newAccount),
    group: mergeLines(backup.group, fresh.group, newGroup, withMembers([3])),
    shadow: mergeLines(backup.shadow, fresh.shadow),
    gshadow: mergeLines(backup.gshadow, fresh.gshadow, undefined, withMembers([2, 3])),
    subuid: mergeRanges(backup.subuid, fresh.subuid, 'subuid', note),
    subgid: mergeRanges(backup.subgid, fresh.subgid, 'subgid', note),
  };
  return { accounts, uids: uids.byNumber, gids: gids.byNumber, notes };
}
