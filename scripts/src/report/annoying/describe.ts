import type { Report } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import { shellWord } from '../../explain/shell-word.ts';
import { ruleFor, ruleText } from '../rule-text.ts';
import type { AnnoyingGroup, RunReport } from '../run-report.ts';
import type { Group, Groups } from './group.ts';
import { ownerNames } from './owners.ts';

type Described = Pick<RunReport['annoying'], 'groups' | 'others'>;

/** Groups as they are told: names escaped, users by name, with the rules that would settle them. */
export async function describeGroups(groups: Groups, report: Report): Promise<Described> {
  const owners = new Map(groups.first.map((group) => [group, mostFrequent(group.owners)]));
  const uids = groups.first.flatMap((group) => [
    ...(owners.get(group) ?? []),
    ...group.files.map(({ uid }) => uid),
  ]);
  const nameOf = await ownerNames(new Set(uids), report);
  const describe = (group: Group): AnnoyingGroup => ({
    directory: escapePath(group.directory),
    count: group.count,
    newCount: group.newCount,
    bytes: group.bytes,
    owners: (owners.get(group) ?? []).map(nameOf),
    newest: timeOf(group.newest),
    oldest: timeOf(group.oldest),
    files: group.files.map(({ path, size, uid, mtime }) => ({
      name: escapePath(path.slice(group.directory.length)),
      size,
      owner: nameOf(uid),
      mtime: timeOf(mtime),
    })),
    ...rulesOf(group),
  });
  return { groups: groups.first.map(describe), others: { ...groups.rest } };
}

/** Where a directory has other things too, each file has a line of its own, if they are few and all can have one. */
function rulesOf({
  directory,
  isWhole,
  paths = [],
}: Group): Pick<AnnoyingGroup, 'rule' | 'mixed' | 'lines' | 'word'> {
  const all = settled(directory);
  const lines = paths.map(settled);
  const [only] = lines;
  if (isWhole) return all;
  if (lines.length === 1 && only?.word !== undefined) return only;
  const words = lines.flatMap(({ rule, word }) => (word === undefined ? [] : { rule, word }));
  return { ...all, mixed: true, ...(words.length > 0 && words.length === paths.length && { lines: words }) };
}

/** The rule for a path, and the path for a command that makes one; without either, where no rule can be for it. */
function settled(path: BytePath): { rule: string; word?: string } {
  return { rule: ruleText(path), ...(ruleFor(path) !== undefined && { word: shellWord(path) }) };
}

function mostFrequent(owners: ReadonlyMap<number, number>): number[] {
  const sorted = [...owners].sort(([, a], [, b]) => b - a);
  return sorted.slice(0, 3).map(([uid]) => uid);
}

/** In ISO 8601; a file can have a time beyond what that can say. */
function timeOf(milliseconds: number): string {
  const [first, last] = [-62_135_596_800_000, 253_402_300_799_999];
  const known = Number.isFinite(milliseconds) ? Math.trunc(milliseconds) : 0;
  return new Date(Math.min(Math.max(known, first), last)).toISOString();
}
