import { wasPackedAsLink } from './links.ts';
import type { Records } from './records.ts';
import { gone, isGone, newestPart } from './state.ts';
import { fingerprintOf, lookAt, type SurveyPlan, settledBefore } from './survey.ts';

/**
 * Packs anew what is alive in some parts of before: the paths are read once more, for this host cannot open its archives. The records
 * are copied, and say where those paths are now.
 */
export async function rewriteParts(
  rewritten: ReadonlySet<number>,
  from: Records,
  to: Records,
  plan: SurveyPlan,
): Promise<void> {
  for await (const batch of from.read()) {
    const settled = settledBefore(plan);
    for (const known of batch) {
      const { path, parts, raw } = known;
      const moves = !isGone(known) && rewritten.has(newestPart(parts));
      const found = moves ? lookAt(path, settled, plan) : undefined;
      // Hard links that the survey put by are packed together, by themselves: what has become one since is packed here. What has gone
      // meanwhile stays in the records as it was in its last part.
      if (found === undefined || wasPackedAsLink(known)) await to.add(raw);
      else {
        await plan.packer.add([found]);
        await to.addPacked(plan.packer.number, known, fingerprintOf(found), path);
      }
      if (moves && found === undefined) plan.overrides.mark(path, gone);
    }
  }
  await plan.links.pack(rewritten, plan);
}
