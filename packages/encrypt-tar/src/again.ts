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
  const done = new Set<BytePath>();
  const settled = settledBefore(plan);
  for (const path of changed) {
    plan.report.detail(escapePath(path), 'changed while it was read: it is read again');
    if (done.has(path)) continue;
    const found = lookAt(path, settled, plan);
    // It may have become another link to an inode that others were found to be links to.
    const paths = new Set([path, ...(found === undefined ? [] : plan.links.pathsOf(found))]);
    for (const one of paths) done.add(one);
    await packTogether([...paths], plan, unsettled);
  }
  const all = await plan.packer.finish();
  settle(all.slice(parts.length), plan, (path, remark) => {
    tellRemark(path, remark, plan.report);
    plan.overrides.mark(path, unsettled);
  });
  return all;
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
