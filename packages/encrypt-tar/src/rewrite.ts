import type { Records } from './records.ts';
import { gone, newestPart } from './state.ts';
import { fingerprintOf, lookAt, type SurveyPlan } from './survey.ts';

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
    const now = Date.now();
    for (const known of batch) {
      const { path, parts, fingerprint, raw } = known;
      const moves = fingerprint !== gone && rewritten.has(newestPart(parts));
      const found = moves ? lookAt(path, now, plan) : undefined;
      // Hard links are packed together, by themselves; what has gone meanwhile stays in the records as it was in its last part.
      if (found === undefined || found.inode !== undefined) await to.add(raw);
      else {
        await plan.packer.add([found]);
        await to.addPacked(plan.packer.number, known, fingerprintOf(found), path);
      }
      if (moves && found === undefined) plan.overrides.mark(path, gone);
    }
  }
  await plan.links.pack(rewritten, plan);
}
