/** How much of a part the directory still needs. */
export interface PartUse {
  readonly number: number;
  /** What it weighed when it was packed, and what of that is alive. */
  readonly weight: number;
  readonly live: number;
}

/** What the parts of before are judged by. */
export interface Limits {
  /** What a part may weigh. */
  readonly archiveSize: number;
  /** A part of which a smaller share is alive is packed anew. */
  readonly minLive: number;
}

/** So many parts of about one size are merged; and a part of one size is so many times larger than one of the next. */
const fanIn = 16;
/** A run packs anew, of parts that are too little alive, what one part holds, or so large a share of all that is alive. */
const shareOfRun = 1 / 8;

/**
 * Chooses the parts of before that are to be packed anew, those that are wholly dead among them. `packed` is what this run's parts
 * weigh.
 *
 * Parts under half their full size are in tiers, each for sizes `fanIn` times smaller than the one above: `fanIn` in a tier make one
 * for the next. So of a year of small changes some dozens of parts are left, and what stays is packed once more for each tier.
 */
export function choosePartsToRewrite(
  parts: readonly PartUse[],
  packed: readonly number[],
  limits: Limits,
): Set<number> {
  const chosen = new Set(parts.filter(({ live }) => live === 0).map(({ number }) => number));
  for (const part of tooLittleAlive(parts, limits)) chosen.add(part.number);
  mergeTiers(parts, packed, limits, chosen);
  return chosen;
}

/** The least alive first, as much as one run is to pay for; one in any case. */
function tooLittleAlive(parts: readonly PartUse[], { minLive, archiveSize }: Limits): PartUse[] {
  const alive = parts.reduce((sum, { live }) => sum + live, 0);
  let budget = Math.max(archiveSize, alive * shareOfRun);
  return parts
    .filter(({ weight, live }) => live > 0 && live < weight * minLive)
    .sort((a, b) => a.live / a.weight - b.live / b.weight)
    .filter(({ live }, i) => {
      budget -= live;
      return i === 0 || budget >= 0;
    });
}

function mergeTiers(
  parts: readonly PartUse[],
  packed: readonly number[],
  { archiveSize }: Limits,
  chosen: Set<number>,
): void {
  for (;;) {
    const kept = parts.filter(({ number }) => !chosen.has(number));
    const moved = parts.filter(({ number }) => chosen.has(number)).reduce((sum, { live }) => sum + live, 0);
    // What this run packs last is one part, with what is packed anew.
    const last = (packed.at(-1) ?? 0) + moved;
    const sizes = [...packed.slice(0, -1), ...(last > 0 ? [last % archiveSize] : [])];
    const tiers = new Map<number, PartUse[]>();
    for (const part of kept) {
      const tier = tierOf(part.live, archiveSize);
      tiers.set(tier, [...(tiers.get(tier) ?? []), part]);
    }
    const full = [...tiers].find(([tier, members]) => {
      const fresh = sizes.filter((size) => tierOf(size, archiveSize) === tier).length;
      return tier > 0 && members.length + fresh >= fanIn;
    });
    if (full === undefined) return;
    for (const { number } of full[1]) chosen.add(number);
  }
}

/** 0 for a part that is large enough; 1 for those below half of that, and so on. */
function tierOf(size: number, archiveSize: number): number {
  if (size >= archiveSize / 2) return 0;
  return 1 + Math.floor(Math.log(archiveSize / 2 / Math.max(size, 1)) / Math.log(fanIn));
}
