import { type BytePath, escapePath } from 'path-stream';
import { packTogether } from './links.ts';
import type { PackedPart } from './pack.ts';
import { gone, unsettled } from './state.ts';
import { lookAt, type SurveyPlan, settledBefore } from './survey.ts';
import { type TarRemark, tellRemark } from './tar-run.ts';

/**
 * Reads once more what changed while it was read, and has the records of all that did not go as expected say so. What
 * changes again is in its archive as a mixture: the next run packs it anew.
 */
export async function readAgain(
  parts: readonly PackedPart[],
  plan: SurveyPlan,
): Promise<readonly PackedPart[]> {
  const changed = settle(parts, plan, () => {});
  if (changed.length === 0) return parts;
  for (const paths of groupsOf(changed, plan)) await packTogether([...paths], plan, unsettled);
  const all = await plan.packer.finish();
  settle(all.slice(parts.length), plan, (path, remark) => {
    tellRemark(path, remark, plan.report);
    plan.overrides.mark(path, unsettled);
  });
  return all;
}

/** Paths to be packed again: alone, or with the other links to the inode, as far as they are known. */
function groupsOf(paths: readonly BytePath[], plan: SurveyPlan): Iterable<ReadonlySet<BytePath>> {
  const groups = new Map<string, Set<BytePath>>();
  const settled = settledBefore(plan);
  for (const path of paths) {
    plan.report.detail(escapePath(path), 'changed while it was read: it is read again');
    const found = lookAt(path, settled, plan);
    const key = found?.inode ?? path;
    const group = groups.get(key) ?? new Set(found && plan.links.pathsOf(found));
    groups.set(key, group.add(path));
  }
  return groups.values();
}

/** Returns the paths that changed, each handed to `again` as well. Of others, all is told. */
function settle(
  parts: readonly PackedPart[],
  { report, overrides }: SurveyPlan,
  again: (path: BytePath, remark: TarRemark) => void,
): BytePath[] {
  const changed: BytePath[] = [];
  for (const { troubles } of parts)
    for (const [path, remark] of troubles) {
      if (remark.kind === 'changed') {
        changed.push(path);
        again(path, remark);
      } else {
        tellRemark(path, remark, report);
        overrides.mark(path, remark.kind === 'later' ? unsettled : gone);
      }
    }
  return changed;
}
