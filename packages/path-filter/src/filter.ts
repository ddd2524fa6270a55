import { type Decider, excludes } from './match.ts';

/** What to do about a block with an empty path in it: a loss. */
export type OnEmpty = () => void;

/**
 * Of a block of whole records, those that are wanted: the excluded ones or the others. They are moved together inside the
 * block, run by run, because a string for each of millions of paths costs more than to decide it.
 */
export function filterBlock(block: Buffer, decider: Decider, invert: boolean, onEmpty: OnEmpty): Buffer {
  const terminator = block[block.length - 1] as number;
  let kept = 0;
  let run = 0;
  let empty = false;
  for (let from = 0; from < block.length; from = decider.end + 1) {
    const rule = decider.decideRecord(block, from, terminator);
    const isEmpty = decider.end === from;
    empty ||= isEmpty;
    if (isEmpty || excludes(rule) !== invert) {
      kept += moveRun(block, kept, run, from);
      run = decider.end + 1;
    }
  }
  kept += moveRun(block, kept, run, block.length);
  if (empty) onEmpty();
  return block.subarray(0, kept);
}

function moveRun(block: Buffer, target: number, from: number, to: number): number {
  if (target !== from && from !== to) block.copyWithin(target, from, to);
  return to - from;
}
