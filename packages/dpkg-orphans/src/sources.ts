import type { Report } from 'command-line';
import { aptName } from './apt.ts';
import type { Installed } from './file-lists.ts';
import type { OwnedNode } from './owned.ts';
import type { Policy } from './policy.ts';

/** The packages that cannot be fetched again as they are installed, by apt's names. */
export interface Unoffered {
  /** Whether apt has any lists at all. Without them no package counts as offered: the other way would cost data. */
  readonly hasLists: boolean;
  readonly nowhere: readonly string[];
  /** Offered in another version; with the one that is installed. */
  readonly otherwise: readonly string[];
}

/** Marks the files of packages that a configured apt source offers in the version that is installed. */
export function markOffered(
  installed: readonly Installed[],
  native: string,
  policy: Policy | undefined,
): Unoffered {
  const nowhere: string[] = [];
  const otherwise: string[] = [];
  for (const one of installed) {
    const name = aptName(one.package, native);
    const offer = policy?.get(name);
    if (offer !== undefined && offer.installed !== 'nowhere')
      for (const node of one.nodes) atItsPlace(node).offered = true;
    else if ([...(offer?.versions ?? [])].some((version) => version !== one.package.version))
      otherwise.push(`${name} ${one.package.version}`);
    else nowhere.push(name);
  }
  return { hasLists: nowhere.length < installed.length, nowhere, otherwise };
}

function atItsPlace(node: OwnedNode): OwnedNode {
  let there = node;
  while (there.movedTo !== undefined) there = there.movedTo;
  return there;
}

/** Says why packages' files are in the output. */
export function tellUnoffered({ hasLists, nowhere, otherwise }: Unoffered, report: Report): void {
  if (hasLists) {
    tell(report, 'offered by no apt source', nowhere);
    tell(report, 'offered in another version only', otherwise);
  } else report.note('apt', 'it has no package lists, so every package counts as one without a source');
}

/** One line, however many: all names with -v. */
function tell(report: Report, what: string, packages: readonly string[]): void {
  if (packages.length === 0) return;
  const [shown, rest] = [packages.slice(0, 10), packages.slice(10)];
  const more = rest.length === 0 ? '' : `, and ${rest.length} more`;
  const files = `${packages.length} packages, whose files are therefore in the output`;
  report.note(what, `${files}: ${shown.join(', ')}${more}`);
  for (const one of rest) report.detail(what, one);
}
